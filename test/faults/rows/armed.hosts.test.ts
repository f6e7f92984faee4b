import { expect } from 'vitest';
import type { TestHost } from '../../support/hosts/host.ts';
import { until } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { goesBackAfter, killedBeforeTheProof } from '../../support/program/before-the-proof.ts';
import { expectTold } from '../../support/program/trouble.ts';
import { full } from '../matrix.ts';
import { runInterrupted } from '../stage/interrupted.ts';
import {
  expectOldOrNew,
  expectUndone,
  fault,
  leftAlone,
  resultOf,
  type Stage,
} from '../stage/stage.ts';

// What must put a change back by itself is itself in trouble.

const state = '/var/lib/mqtt-lockstep';
const dropIn = '/etc/systemd/system/mosquitto.service.d/fault.conf';

const shell = (host: TestHost, script: string, ...words: string[]) =>
  host.succeed(['sh', '-euc', script, 'sh', ...words]);

/** All but Harden is done; the program is killed when it has changed the configuration, and nobody proves it. */
async function leftUnproved(stage: Stage, seconds: number): Promise<void> {
  const how = [...stage.how, ...(await goesBackAfter(seconds, stage.home))];
  await killedBeforeTheProof(stage.home, how);
}

/** An existing STATE on a disk of its own, with as much room as it takes. */
const ownDisk = `cp -aT ${state} /root/state
mount -t tmpfs -o size=4m,mode=0700 lockstep ${state}
cp -aT /root/state ${state}`;
const noOwnDisk = `rm -rf /root/state; cp -aT ${state} /root/state
turn=0
until umount ${state} || [ $((turn += 1)) -gt 200 ]; do sleep 0.1; done
rm -rf ${state}; mv -T /root/state ${state}`;
const leavePages = `used=$(df --output=used -B 4096 ${state} | tail -n 1)
mount -o "remount,size=$(( (used + $1) * 4096 ))" ${state}`;

fault(
  '25-state-fills-up',
  async (stage) => {
    const { host, lockstep } = stage;
    expect((await lockstep('run', '--through', 'distribute')).code).toBe(0);
    const tree = await observe.tree(host);
    await shell(host, ownDisk);
    let [pages, ended] = [0, ''];
    for (; ended !== 'secured'; pages += full ? 1 : 9) {
      expect(pages).toBeLessThan(120);
      await shell(host, leavePages, String(pages));
      const run = await lockstep('run', '--json');
      ended = resultOf(run);
      if (ended === 'secured') break;
      expect(ended, run.stderr).toMatch(/^(failed|rolled-back)$/);
      expect(run.stderr, `${pages} pages`).toMatch(/disk there is full/);
      await leftAlone(host);
      expect(await observe.tree(host), `${pages} pages`).toBe(tree);
      expect(await observe.anonymous(host)).toBe(0);
    }
    expect(pages).toBeGreaterThan(4);
    await shell(host, noOwnDisk);
    return full ? `untouched, up to ${pages} pages` : 'untouched, then secured';
  },
  { seconds: 900 },
);

fault('25-units-read-only', async ({ host, lockstep, before }) => {
  await shell(
    host,
    'mount --bind /etc/systemd /etc/systemd; mount -o remount,bind,ro /etc/systemd',
  );
  const run = await lockstep('run');
  expectTold(run, { code: 1, what: /\w/, likely: /read-only/, next: /\w/ });
  expect(await observe.anonymous(host)).toBe(before.anonymous);
  await host.succeed(['umount', '--lazy', '/etc/systemd']);
  return 'stopped, old service';
});

fault('25-nobody-waits', async ({ host, lockstep, before }) => {
  await host.succeed(['mount', '--bind', '/bin/false', '/usr/bin/systemd-run']);
  const run = await lockstep('run', '--json');
  expect(resultOf(run), run.stderr).toMatch(/^(failed|rolled-back)$/);
  expect(await observe.anonymous(host)).toBe(before.anonymous);
  await host.succeed(['umount', '/usr/bin/systemd-run']);
  return 'stopped, old service';
});

/** What may stand where a deadline of two equal numbers belongs. */
const deadlines = ['', 'soon', '12', '1 1', '99999999 99999999', '500 5000', '\0\0\0\0\0\0\0'];

fault('26-deadline-damaged', async (stage) => {
  const { host, lockstep } = stage;
  expect((await lockstep('run', '--through', 'distribute')).code).toBe(0);
  const tree = await observe.tree(host);
  for (const deadline of deadlines) {
    await leftUnproved(stage, 600);
    expect(await observe.anonymous(host), deadline).not.toBe(0);
    await host.writeFile(`${state}/armed/until`, deadline, { mode: 0o600 });
    await leftAlone(host);
    expect(await observe.tree(host), JSON.stringify(deadline)).toBe(tree);
    expect(await observe.anonymous(host), deadline).toBe(0);
  }
  return 'put back';
});

fault('26-deadline-damaged-met', async (stage) => {
  const { host, lockstep } = stage;
  await leftUnproved(stage, 600);
  // Nobody waits any more; the next run finds it.
  await host.exec(['systemctl', 'stop', 'mqtt-lockstep-undo-*']);
  await host.writeFile(`${state}/armed/until`, '', { mode: 0o600 });
  const run = await lockstep('run', '--json');
  expect(resultOf(run), run.stderr).toBe('secured');
  // When it is due cannot be told, so it went back; the run says so, and made the change anew.
  expect(run.stderr).toContain(
    'A change that was not proved has been put back: the broker serves as it did before.',
  );
  expect(run.stdout).toContain('"action":"restart"');
  expect(await host.stat(`${state}/armed`)).toBeNull();
  return 'put back and told, then secured';
});

fault('27-waiter-killed', async (stage) => {
  const { host } = stage;
  await leftUnproved(stage, 15);
  const waits = ['-f', `put-back ${state} timer`];
  await host.succeed(['pkill', '-KILL', ...waits]);
  const again = async () => (await host.exec(['pgrep', ...waits])).code === 0 || null;
  await until('another to wait', 30, again);
  await leftAlone(host);
  expect(await expectOldOrNew(stage)).toBe('old');
  return 'put back';
});

// Longer than anybody waited for the lock that the change holds meanwhile.
fault(
  '27-restart-outlasts',
  async (stage) => {
    const { host } = stage;
    const slow = "/bin/sh -c 'if grep -rq 8883 /etc/mosquitto/conf.d; then sleep 600; fi'";
    await host.writeFile(dropIn, `[Service]\nTimeoutStartSec=infinity\nExecStartPre=+${slow}\n`);
    await host.succeed(['systemctl', 'daemon-reload']);
    const begun = performance.now();
    await runInterrupted(stage, async (line, { kill }) => {
      if (!/Making the change/.test(line)) return;
      await until('it to be armed', 20, () => host.stat(`${state}/armed`));
      kill('SIGKILL');
    });
    await until('the change to go back', 330, async () =>
      (await host.stat(`${state}/armed`)) === null ? true : null,
    );
    await leftAlone(host);
    expect((performance.now() - begun) / 1000).toBeGreaterThan(100);
    expect(await expectOldOrNew(stage)).toBe('old');
    await host.succeed(['rm', dropIn]);
    await host.succeed(['systemctl', 'daemon-reload']);
    return 'put back';
  },
  { seconds: 700 },
);

/** Folders that a cut between two commands may leave. */
const halves = [
  'reverting',
  'reverting/registered',
  '.armed/registered/0009-harden',
  'confirmed',
  'confirmed/registered',
  'unsettled/0009-harden',
  '.ready/registered',
];

fault('28-empty-folders', async (stage) => {
  const { host, lockstep } = stage;
  for (const half of halves) {
    await host.succeed(['mkdir', '-m', '0700', '-p', state, `${state}/${half}`]);
    const run = await lockstep('run', '--json');
    expect(resultOf(run), `${half}: ${run.stderr}`).toBe('secured');
    await expectUndone(stage);
  }
  return 'secured and undone';
});

fault('28-cut-while-putting-back', async (stage) => {
  const { host } = stage;
  await leftUnproved(stage, 10);
  const slow = "/bin/sh -c 'if ! grep -rq 8883 /etc/mosquitto/conf.d; then sleep 30; fi'";
  await host.writeFile(dropIn, `[Service]\nExecStartPre=+${slow}\n`);
  await host.succeed(['systemctl', 'daemon-reload']);
  const restarting = async () => {
    const left = await host.exec(['sh', '-c', `ls -d ${state}/unsettled/*`]);
    return left.code === 0 || null;
  };
  await until('it to restart the broker', 60, restarting);
  await host.succeed(['rm', dropIn]);
  await host.reboot('power-cut');
  await leftAlone(host);
  expect(await expectOldOrNew(stage)).toBe('old');
  return 'put back at boot';
});
