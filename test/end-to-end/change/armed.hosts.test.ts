import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { ended, until } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { goesBackAfter, killedBeforeTheProof } from '../../support/program/before-the-proof.ts';
import { runEvents } from '../../support/program/contract.ts';
import { launcher, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

const state = '/var/lib/mqtt-lockstep';

const nothingWaits = (host: TestHost) =>
  until('the change to be put back', 60, async () => {
    const there = await host.exec(['ls', '-d', `${state}/armed`, `${state}/reverting`]);
    return there.stdout === '';
  });

const hooks = ['/etc/systemd/system/mqtt-lockstep-undo.service', '/etc/init.d/mqtt-lockstep-undo'];

onHosts('a change whose program dies before the proof', limit, () => {
  test.each(['bookworm', 'trixie', 'forky'] as const)(
    'on %s goes back by itself, and is proved by the next session when that comes first',
    async (suite) => {
      await using host = await bootHost({ suite });
      await using home = await newHome();
      const how = [...(await reaching(host, home)), ...(await goesBackAfter(10, home))];
      expect(await home.run('run', ...how, '--through', 'distribute')).toMatchObject({ code: 0 });
      const before = await observe.tree(host);

      await killedBeforeTheProof(home, how);
      expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
      await nothingWaits(host);
      expect(await observe.tree(host)).toBe(before);
      expect(await observe.anonymous(host)).toBe(0);
      expect(host.listens(8883)).toBe(false);

      const later = [...how, ...(await goesBackAfter(90, home))];
      await killedBeforeTheProof(home, later);
      const resumed = await home.run('run', ...later, '--json');
      expect(runEvents(resumed.stdout).at(-1)).toMatchObject({ result: 'secured' });
      expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
      for (const path of [`${state}/armed`, `${state}/put-back`, ...hooks])
        expect(await host.stat(path), path).toBeNull();
    },
  );

  test.each([
    ['bookworm', 'sudo', 'power-cut'],
    ['forky', 'sudo', 'clean'],
    ['bookworm', 'sysv', 'clean'],
  ] as const)(
    'on %s (%s) is put back at the next boot (%s), before the broker starts',
    async (suite, variant, how) => {
      await using host = await bootHost({ suite, variant });
      await using home = await newHome();
      const options = [...(await reaching(host, home)), ...(await goesBackAfter(600, home))];
      expect(await home.run('run', ...options, '--through', 'distribute')).toMatchObject({
        code: 0,
      });
      const before = await observe.tree(host);
      await killedBeforeTheProof(home, options);
      expect(host.listens(8883)).toBe(true);

      await host.reboot(how);
      await until('the broker to be back', 30, () => host.listens(1883));
      expect(await observe.tree(host)).toBe(before);
      expect(await observe.anonymous(host)).toBe(0);
      // It has not been there for an instant.
      const log = String(await host.read('/var/log/mosquitto/mosquitto.log'));
      expect(log.match(/listen socket on port 8883/g)).toHaveLength(2);
      for (const path of [`${state}/armed`, `${state}/reverting`, ...hooks])
        expect(await host.stat(path), path).toBeNull();
    },
  );

  test('is told by a run that ends before Harden, which holds nothing up and changes nothing', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    await using home = await newHome();
    const how = [...(await reaching(host, home)), ...(await goesBackAfter(60, home))];
    const short = ['run', ...how, '--through', 'distribute', '--json'];
    expect(await home.run(...short)).toMatchObject({ code: 0 });
    const before = await observe.tree(host);
    await killedBeforeTheProof(home, how);
    const until = await host.read(`${state}/armed/until`);
    const met = await home.run(...short);
    expectTold(met, {
      code: 3,
      what: /^A change on .*, made by \S+ from \S+, waits for its proof\.$/,
      likely: /Without a proof it goes back by itself in \d+ s\.$/,
      next: 'Run it without --through, or through harden',
    });
    expect(runEvents(met.stdout)).toMatchObject([{ event: 'end', result: 'failed' }]);
    expect(await host.read(`${state}/armed/until`)).toEqual(until);
    await nothingWaits(host);
    expect(await observe.tree(host)).toBe(before);
    const again = await home.run(...short);
    expect(again).toMatchObject({ code: 0 });
    expect(runEvents(again.stdout).at(-1)).toMatchObject({ result: 'unchanged' });
  });

  test('with SysV init nobody else waits: killed with all it was started by, it goes back at the next run', async () => {
    await using host = await bootHost({ suite: 'bookworm', variant: 'sysv' });
    await using home = await newHome();
    const how = [...(await reaching(host, home)), ...(await goesBackAfter(20, home))];
    expect(await home.run('run', ...how, '--through', 'distribute')).toMatchObject({ code: 0 });
    await killedBeforeTheProof(home, how);
    const due = `cut -d ' ' -f 1 ${state}/armed/until; cut -d . -f 1 /proc/uptime`;
    const waits = ['-f', `put-back ${state} timer`];
    await host.succeed(['pkill', '-KILL', ...waits]);
    // As long as it would take to start another one, and to begin.
    await until('it to be overdue', 90, async () => {
      const [end = 0, now = 0] = (await host.succeed(['sh', '-c', due])).split('\n').map(Number);
      return now > end + 20;
    });
    expect((await host.exec(['pgrep', ...waits])).code).toBe(1);
    // Nobody has proved it, and it serves all the same.
    expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
    expect((await home.run('status', ...how)).stdout).toMatch(
      /A change made by .* is not proved yet/,
    );
    const run = await home.run('run', ...how, '--json');
    expect(run.stderr).toContain(
      'A change that was not proved has been put back: the broker serves as it did before.',
    );
    expect(runEvents(run.stdout).at(-1)).toMatchObject({ result: 'secured' });
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    for (const path of [`${state}/armed`, `${state}/put-back`, ...hooks])
      expect(await host.stat(path), path).toBeNull();
  });

  test('with SysV init goes back by itself, too', async () => {
    await using host = await bootHost({ suite: 'bookworm', variant: 'sysv' });
    await using home = await newHome();
    const how = [...(await reaching(host, home)), ...(await goesBackAfter(10, home))];
    const before = await observe.tree(host);
    await killedBeforeTheProof(home, how);
    await nothingWaits(host);
    await until('the broker to be back', 30, () => host.listens(1883));
    expect(await observe.anonymous(host)).toBe(0);
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
  });
});

onHosts('two who work on one broker', limit, () => {
  test('exclude each other, by name; who is killed is not waited for', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    await using home = await newHome();
    await using other = await newHome();
    const how = [...(await reaching(host, home)), ...(await goesBackAfter(60, home))];
    const theirs = await reaching(host, other);
    // Somebody sits there and does nothing: as a guided session at its first screen does.
    const child = spawn(process.execPath, [launcher, 'run', '--json', ...how], {
      env: home.environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise<void>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (!line.includes('"step":"authority"')) return;
        child.kill('SIGSTOP');
        resolve();
      });
    });
    const refused = await other.run('run', ...theirs);
    expectTold(refused, {
      code: 3,
      what: /Somebody works on radxa@.* now: \w+ from \S+, since \d{4}-\d\d-\d\d \d\d:\d\d\./,
      likely: 'Two programs must not change one broker at the same time.',
      next: 'Wait until that session has ended',
    });
    expect(await other.run('undo', ...theirs)).toMatchObject({ code: 3 });
    expect(await other.run('status', ...theirs)).toMatchObject({ code: 1 });
    child.kill('SIGKILL');
    await ended(child);
    const let_in = await other.run('run', ...theirs, '--json');
    expect(runEvents(let_in.stdout).at(-1)).toMatchObject({ result: 'secured' });
  });
});
