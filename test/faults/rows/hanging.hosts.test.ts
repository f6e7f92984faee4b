import { expect } from 'vitest';
import type { TestHost } from '../../support/hosts/host.ts';
import { type ProgramResult, program, until } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { killedBeforeTheProof } from '../../support/program/before-the-proof.ts';
import { launcher } from '../../support/program/lockstep.ts';
import { full } from '../matrix.ts';
import { fault, leftAlone, resultOf, type Stage } from '../stage/stage.ts';
import { ownPrograms } from '../stage/stopper.ts';

// One program on the broker's machine hangs each time it is called for one thing, so that it does not even take a TERM.

/** A script in front of a program that hangs where its words match; otherwise it is that program. */
async function placeHanging(
  host: TestHost,
  name: string,
  words: string,
  hangs = 'kill -STOP $$',
): Promise<void> {
  await ownPrograms(host);
  const script = `#!/bin/sh\ncase "$*" in ${words}) ${hangs} ;; esac\nexec /usr/bin/${name} "$@"\n`;
  await host.writeFile(`/usr/local/bin/${name}`, script, { mode: 0o755 });
}

const removed = (host: TestHost, ...names: string[]) =>
  host.succeed(['rm', ...names.map((name) => `/usr/local/bin/${name}`)]);

const runLong = ({ home, how }: Stage): Promise<ProgramResult> =>
  program([process.execPath, launcher, 'run', ...how, '--json'], {
    env: home.environment,
    timeoutSeconds: 330,
  });

/** Processes there that stand still, by their words. */
const standing = async (host: TestHost): Promise<string> =>
  (await host.exec(['sh', '-c', 'ps -eo stat=,args= | grep "^T" || :'])).stdout;

/** Once, and the broker serves as before; or each time (the whole matrix), and then it is not told at all. */
const once = '[ ! -e /run/hung ] && : >/run/hung && kill -STOP $$';
const restarts = async (stage: Stage) => {
  const { host } = stage;
  await placeHanging(host, 'systemctl', '"restart mosquitto"*', full ? undefined : once);
  await placeHanging(host, 'journalctl', '*"-n 200"*');
  const run = await runLong(stage);
  expect(resultOf(run)).toBe(full ? 'failed' : 'rolled-back');
  expect(run.stderr).toMatch(full ? /was not restarted with them in time/ : /was put back/);
  // Whoever waits there has tried it, too, and is ended.
  await until('all that stood still to be ended', 130, async () => (await standing(host)) === '');
  expect(await observe.anonymous(host)).toBe(0);
  await removed(host, 'systemctl', 'journalctl');
  // A broker that does not start with what is back is told again by the next run only.
  if (!full) await leftAlone(host);
  return full ? 'old service, not restarted, told so' : 'put back, old service';
};
fault('32-systemctl', restarts, { seconds: 900 });

fault('32-trial', async (stage) => {
  const { host } = stage;
  const instead = 'exec /usr/bin/timeout "$1" "$2" "$3" sh -c "kill -STOP \\$\\$"';
  await placeHanging(host, 'timeout', '*/lockstep-shadow.*', instead);
  const run = await runLong(stage);
  expect(resultOf(run)).toBe('failed');
  expect(run.stderr).toContain('it has not come up within 10 seconds');
  expect(await standing(host)).toBe('');
  expect((await host.exec(['sh', '-c', 'ls -d /tmp/lockstep-shadow*'])).stdout).toBe('');
  await removed(host, 'timeout');
  return 'old service, told at once';
});

fault('32-waits', async (stage) => {
  const { host, home, how } = stage;
  await killedBeforeTheProof(home, how);
  // It hangs once when it is at it; its limit of five minutes is a few seconds here.
  const edit = `
cd /var/lib/mqtt-lockstep
hangs='if [ "$2" = due ] && [ ! -e /run/hung ]; then : >/run/hung; kill -STOP $$; fi'
{ printf '%s\\n' "$hangs"; sed 's/\\(timeout -s KILL \\)300\\( .* due \\)/\\13\\2/' put-back; } >put-back.new
! cmp put-back put-back.new
mv put-back.new put-back
systemctl restart 'mqtt-lockstep-undo-*.service'
`;
  await host.succeed(['sh', '-euc', edit]);
  await leftAlone(host);
  expect(await host.stat('/run/hung')).not.toBeNull();
  expect(await standing(host)).toBe('');
  expect(await observe.anonymous(host)).toBe(0);
  return 'ended, begun again: old service';
});
