import { expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { until } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { goesBackAfter, killedBeforeTheProof } from '../../support/program/before-the-proof.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

// Whoever waits on the broker's machine until a change is due is sent every signal by which a process is ended, while it
// waits and while it puts back: by hand, and by what makes room (earlyoom(1)), which sends TERM first.

const state = '/var/lib/mqtt-lockstep';
const signals = { HUP: 1, PIPE: 13, INT: 2, TERM: 15, KILL: 9 };

type Init = 'systemd' | 'sysv';
type Target = 'its main process' | 'all of it';

const newest = async (host: TestHost, words: string): Promise<number> =>
  Number((await host.exec(['pgrep', '-n', '-f', words])).stdout);

/** The process that stands for all of it: the unit's, or the loop that starts it again where there is no unit. */
async function mainOf(host: TestHost, init: Init): Promise<number> {
  if (init === 'sysv')
    return Number((await host.exec(['pgrep', '-o', '-f', `put-back ${state} timer`])).stdout);
  const unit = ['--property=MainPID', '--value', 'mqtt-lockstep-undo-*.service'];
  return Number((await host.exec(['systemctl', 'show', ...unit])).stdout);
}

/** The one who waits, or 0; a shell that it has just forked has its name, too. */
async function waiterOf(host: TestHost, init: Init): Promise<number> {
  if (init === 'systemd') return mainOf(host, init);
  const limited = await newest(host, '^timeout -s KILL 400 ');
  return limited && Number((await host.exec(['pgrep', '-P', String(limited)])).stdout);
}

/** Whether a process catches or ignores a signal (proc(5)); false when it is gone. */
async function survives(host: TestHost, pid: number, signal: number): Promise<boolean> {
  const { stdout } = await host.exec(['grep', '-hE', '^Sig(Ign|Cgt)', `/proc/${pid}/status`]);
  const masks = [...stdout.matchAll(/\t([0-9a-f]+)$/gm)];
  return masks.some(([, mask = '0']) => (BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n);
}

function send(host: TestHost, init: Init, target: Target, signal: string, pids: [number, number]) {
  const [main, waiter] = pids;
  if (init === 'systemd')
    return target === 'all of it'
      ? host.succeed(['systemctl', 'kill', '-s', signal, 'mqtt-lockstep-undo-*.service'])
      : host.succeed(['kill', `-${signal}`, String(main)]);
  // Nobody is there to start again the one who starts it again.
  if (signal === 'KILL') return host.succeed(['kill', '-KILL', String(waiter)]);
  return target === 'all of it'
    ? host.succeed(['pkill', `-${signal}`, '-s', String(main)])
    : host.succeed(['kill', `-${signal}`, String(main)]);
}

onHosts('whoever waits for the proof', limit, () => {
  test.each([
    ['systemd', 'bookworm'],
    ['systemd', 'forky'],
    ['sysv', 'bookworm'],
  ] as const)('is started again whatever ends it (%s, %s)', async (init, suite) => {
    await using host = await bootHost({ suite, variant: init === 'sysv' ? 'sysv' : 'sudo' });
    await using home = await newHome();
    const how = [...(await reaching(host, home)), ...(await goesBackAfter(900, home))];
    expect(await home.run('run', ...how, '--through', 'distribute')).toMatchObject({ code: 0 });
    const before = await observe.tree(host);
    await killedBeforeTheProof(home, how);

    const asks = init === 'sysv' ? 'service mosquitto restart' : 'systemctl restart mosquitto';
    const waits = () => waiterOf(host, init);
    /** It has come so far that it waits: for time to pass, or for the broker that is held. */
    const settled = (what: string) =>
      until(what, 60, async () => {
        const pid = await waits();
        const child = pid && (await host.exec(['pgrep', '-P', String(pid)])).stdout;
        return child ? pid : null;
      });
    const allSignals = async (phase: string, comes: () => Promise<unknown>) => {
      for (const target of ['its main process', 'all of it'] as const)
        for (const [signal, number] of Object.entries(signals)) {
          const what = `another after ${signal} to ${target} while it ${phase}`;
          const waiter = await settled(what);
          await comes();
          const main = await mainOf(host, init);
          expect(main, what).toBeGreaterThan(0);
          const hit = target === 'all of it' || signal === 'KILL' || main === waiter;
          const stays = !hit || (await survives(host, waiter, number));
          if (signal !== 'KILL' && init === 'sysv')
            expect(await survives(host, main, number), what).toBe(true);
          await send(host, init, target, signal, [main, waiter]);
          if (!stays) await until(what, 60, async () => ![0, waiter].includes(await waits()));
          await settled(what);
        }
    };

    await allSignals('waits', async () => {});
    expect(await observe.anonymous(host)).toBe(observe.notAuthorised);

    // The broker is held while it starts with the old files.
    await host.succeed(['touch', '/run/hold']);
    const hold = 'while [ -e /run/hold ]; do sleep 0.1; done';
    if (init === 'sysv') await host.succeed(['sed', '-i', `2i ${hold}`, '/etc/init.d/mosquitto']);
    else {
      const dropIn = `[Service]\nExecStartPre=/bin/sh -c '${hold}'\n`;
      await host.writeFile('/etc/systemd/system/mosquitto.service.d/hold.conf', dropIn);
      await host.succeed(['systemctl', 'daemon-reload']);
    }
    await host.writeFile(`${state}/armed/until`, '1 1');
    await allSignals('puts back', () =>
      until('it to restart the broker', 60, () => newest(host, asks)),
    );
    await host.succeed(['rm', '/run/hold']);
    await until('the change to be put back', 60, async () => {
      const there = await host.exec(['ls', '-d', `${state}/armed`, `${state}/reverting`]);
      return there.stdout === '' && !(await waits());
    });
    await until('the broker to be back', 30, () => host.listens(1883));
    expect(await observe.anonymous(host)).toBe(0);
    if (init === 'sysv') await host.succeed(['sed', '-i', '2d', '/etc/init.d/mosquitto']);
    expect(await observe.tree(host)).toBe(before);

    // It is at rest when it comes back and finds nothing any more, not even its script.
    await killedBeforeTheProof(home, how);
    const last = String(await settled('one who waits for another change'));
    const ends = 'cd "$1" && rm -rf armed put-back && kill -TERM "$2"';
    await host.succeed(['sh', '-euc', ends, 'ends', state, last]);
    await until('nobody to wait', 30, async () => {
      const { stdout } = await host.exec([
        ...(init === 'sysv'
          ? ['pgrep', '-f', `put-back ${state} timer`]
          : ['systemctl', 'list-units', '--all', '--plain', '--no-legend', 'mqtt-lockstep-undo-*']),
      ]);
      return stdout === '';
    });
  });
});
