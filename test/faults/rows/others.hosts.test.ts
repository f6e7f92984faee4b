import { spawn } from 'node:child_process';
import { expect } from 'vitest';
import { hostScript } from '../../../src/host-scripts/script.ts';
import { ended, until } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { newHome } from '../../support/program/lockstep.ts';
import { runInterrupted } from '../stage/interrupted.ts';
import { aim, expectUndone, fault, leftAlone, resultOf } from '../stage/stage.ts';

// Others at work on the same broker at the same time: log rotation, an editor, a second operator.

const access = '/etc/mosquitto/conf.d/access.conf';

fault('7-reload-storm', async (stage) => {
  const { host, lockstep } = stage;
  const storm = 'while :; do systemctl reload mosquitto 2>/dev/null; sleep 0.05; done';
  const inside = ['nsenter', `--target=${host.leader()}`, '--all', 'sh', '-c', storm];
  const [file = '', ...rest] = inside;
  const reloads = spawn(file, rest, { stdio: 'ignore', detached: true });
  try {
    const run = await lockstep('run', '--json');
    expect(resultOf(run), run.stderr).toBe('secured');
    expect((await lockstep('undo')).code).toBe(0);
  } finally {
    if (reloads.pid) process.kill(-reloads.pid, 'SIGKILL');
    await ended(reloads);
  }
  await until('the last reload', 20, async () => (await observe.service(host)).state === 'active');
  await expectUndone(stage);
  return 'secured and undone';
});

fault('7-killed-then-logrotate', async (stage) => {
  const { host } = stage;
  await runInterrupted(
    stage,
    (line, { kill }) => line.includes("Bringing the broker's") && kill('SIGKILL'),
  );
  const rotate = ['logrotate', '--force', '/etc/logrotate.d/mosquitto'];
  await host.succeed(['sh', '-c', 'echo >> /var/log/mosquitto/mosquitto.log']);
  await host.succeed(rotate);
  await leftAlone(host);
  await host.succeed(['systemctl', 'reload', 'mosquitto']);
  expect(await observe.anonymous(host)).toBe(0);
  return 'old service';
});

// What was begun over the frozen connection waits on the host for the rest, for hours if need be.
fault('2-half-sent', async (stage) => {
  const { host, lockstep } = stage;
  expect((await lockstep('run', '--through', 'distribute')).code).toBe(0);
  const inside = [
    'nsenter',
    `--target=${host.leader()}`,
    '--all',
    'sh',
    '-c',
    hostScript('undo/detached'),
  ];
  const where = [
    '/var/lib/mqtt-lockstep',
    '/run/mqtt-lockstep',
    '-',
    'systemd',
    'mosquitto',
    '10',
    'active',
  ];
  const change = [
    'lockstep',
    '290',
    hostScript('undo/change'),
    'lockstep',
    ...where,
    'somebody',
    '1',
    hostScript('undo/put-back'),
    'harden',
  ];
  const [file = '', ...rest] = [...inside, ...change];
  const half = spawn(file, rest, { stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    const waits = ['pgrep', '-f', '/var/lib/[m]qtt-lockstep'];
    await until('it to wait', 10, async () => (await host.exec(waits)).code === 0);
    half.stdin.write('file\t/etc/mosquitto/conf.d/access.conf\t');
    const run = await lockstep('run', '--json');
    expect(resultOf(run), run.stderr).toBe('secured');
  } finally {
    half.stdin.end();
    await ended(half);
  }
  expect(half.exitCode).not.toBe(0);
  return 'secured';
});

fault('8-edited-meanwhile', async (stage) => {
  const { host, before } = stage;
  await host.succeed(['cp', '-a', access, '/root/kept']);
  let edited: Promise<unknown> | undefined;
  const run = await runInterrupted(stage, async (line, { kill }) => {
    if (edited || !/"(note|progress)","step":"harden"/.test(line)) return;
    kill('SIGSTOP');
    edited = host.succeed(['sh', '-c', 'echo "# mine" >> "$0"', access]);
    await edited;
    kill('SIGCONT');
  });
  expect(resultOf(run), run.stderr).toBe('failed');
  expect(run.stderr).toContain(`${access} was changed since`);
  // The edit is kept; that the difference is shown is part of the promise.
  expect(String(await host.read(access))).toMatch(/# mine\n$/);
  expect(run.stderr).toContain('+# mine');
  expect(await observe.anonymous(host)).toBe(before.anonymous);
  await leftAlone(host);
  await host.succeed(['mv', '/root/kept', access]);
  return 'stopped, edit kept';
});

/** Runs until Harden has begun and stands still there while somebody else tries. */
const standingStill = async (
  stage: Parameters<Parameters<typeof fault>[1]>[0],
  act: () => Promise<void>,
) => {
  let stopped: Promise<void> | undefined;
  const run = await runInterrupted(stage, async (line, { kill }) => {
    if (stopped || !line.includes('"step":"harden"')) return;
    kill('SIGSTOP');
    stopped = act();
    await stopped.finally(() => kill('SIGCONT'));
  });
  await stopped;
  expect(resultOf(run), run.stderr).toBe('secured');
};

fault('9-second-program', async (stage) => {
  await standingStill(stage, async () => {
    const second = await stage.lockstep('run', '--json');
    expect(second.code).toBe(3);
    expect(second.stderr).toContain('in use by another Lockstep');
  });
  return 'second told, secured';
});

fault('9-second-operator', async (stage) => {
  const { host } = stage;
  await using other = await newHome();
  const how = await aim(host, other);
  await standingStill(stage, async () => {
    const tree = await observe.tree(host);
    const second = await other.run('run', ...how, '--json');
    expect(second.code, second.stdout + second.stderr).toBe(3);
    // Who has it, from where and since when.
    expect(second.stderr).toMatch(/since/);
    expect(await observe.tree(host)).toBe(tree);
  });
  await until('nothing of the second to be left', 20, async () =>
    observe.there(stage.home, 'authority'),
  );
  return 'second told, secured';
});
