import { expect } from 'vitest';
import { until } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { goesBackAfter, killedBeforeTheProof } from '../../support/program/before-the-proof.ts';
import { runInterrupted } from '../stage/interrupted.ts';
import { expectOldOrNew, fault, leftAlone, type Stage } from '../stage/stage.ts';

/** The broker's machine goes down as soon as the new files are in use, and comes up by itself. */
const goesDown =
  (how: 'clean' | 'power-cut') =>
  async (stage: Stage): Promise<string> => {
    const { host } = stage;
    let down: Promise<void> | undefined;
    const run = await runInterrupted(stage, (line) => {
      if (!down && /"event":"change","step":"harden"|Making the change/.test(line))
        down = host.reboot(how);
      return down;
    });
    expect(down, run.stdout).toBeDefined();
    // Cut off it says so, and that it can be resumed; what it had proved before stands.
    if (run.code !== 0)
      expect({ code: run.code, said: run.stderr !== '' }, run.stderr).toEqual({
        code: 3,
        said: true,
      });
    expect(run.seconds).toBeLessThan(100);
    await leftAlone(host);
    const service = await expectOldOrNew(stage);
    return service === 'old' ? 'put back at boot' : 'secured';
  };

fault('3-power-cut', goesDown('power-cut'));
fault('3-reboot', goesDown('clean'));

/** A sync(1) that does this once, in what a boot starts: programs there find it first. */
const failsOnce = (does: string) => `#!/bin/sh
case $1 in --help) exec /bin/sync --help ;; esac
if [ -e /root/failed-once ] || ! grep -q mqtt-lockstep-undo.service /proc/self/cgroup; then exec /bin/sync "$@"; fi
touch /root/failed-once
${does}
`;

fault(
  '3-boot-fails',
  async ({ host, home, how, before, lockstep }) => {
    expect((await lockstep('run', '--through', 'distribute')).code).toBe(0);
    const tree = await observe.tree(host);
    for (const does of ['exit 1', 'kill -9 $PPID']) {
      // Longer than all of this takes: only the boot makes it due.
      await killedBeforeTheProof(home, [...how, ...(await goesBackAfter(1800, home))]);
      expect(await observe.anonymous(host)).not.toBe(before.anonymous);
      await host.writeFile('/usr/local/sbin/sync', failsOnce(does), { mode: 0o755 });
      await host.reboot('power-cut');
      await until('what puts back at the boot to fail', 60, async () =>
        (await host.exec(['test', '-e', '/root/failed-once'])).code === 0 ? true : null,
      );
      await leftAlone(host);
      await host.succeed(['rm', '-f', '/root/failed-once', '/usr/local/sbin/sync']);
      expect(await observe.tree(host)).toBe(tree);
      await until('the broker to serve as before', 30, async () =>
        (await observe.anonymous(host)) === before.anonymous ? true : null,
      );
    }
    return 'put back after the boot';
  },
  { seconds: 600 },
);
