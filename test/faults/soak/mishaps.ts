import type { TestHost } from '../../support/hosts/host.ts';
import { greets } from '../../support/hosts/ssh.ts';
import type { Interruption } from '../stage/interrupted.ts';
import type { Mishap, ways } from './turns.ts';

// Makes something go wrong on a host, and right again; and sees that it went wrong.

const state = '/var/lib/mqtt-lockstep';
const dropIn = '/etc/systemd/system/mosquitto.service.d/fault.conf';
const slowed = '/run/slowed-restart';

const damage: Record<(typeof ways)[number], string> = {
  zeroed: 'size=$(stat -c %s "$1"); head -c "$size" /dev/zero >"$1"',
  halved: 'size=$(stat -c %s "$1"); truncate -s $((size / 2)) "$1"',
  flipped:
    'at=$(($(stat -c %s "$1") / 2)); byte=$(tail -c "+$((at + 1))" "$1" | head -c 1); case $byte in x) to=y ;; *) to=x ;; esac; printf %s "$to" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none',
  removed: 'rm "$1"',
};

/** What has happened, and how it ends. */
export interface Happened {
  /** A file that was damaged. */
  damaged: string | null;
  /**
   * The machine, its links and its disk are as before. What was damaged stays so. Gives whether it has really happened,
   * as seen from outside, to a program that still ran.
   */
  end(): Promise<boolean>;
}

const sumOf = async (host: TestHost, file: string) =>
  (await host.exec(['sha256sum', '--', file])).stdout.slice(0, 64);

const bootOf = async (host: TestHost) =>
  String(await host.read('/proc/1/stat')).split(' ')[21] ?? '';

/** It happens now. `kill` ends the program. */
export async function happen(
  host: TestHost,
  mishap: Mishap,
  { kill, running }: Pick<Interruption, 'kill' | 'running'>,
): Promise<Happened> {
  /** `seen` when it ends. Nothing happens to a program that is gone by now. */
  const now = (
    really: boolean,
    end: () => Promise<unknown> = async () => {},
    seen: () => Promise<boolean> = async () => true,
  ): Happened => {
    const met = really && running();
    return {
      damaged: null,
      async end() {
        const was = met && (await seen());
        await end();
        return was;
      },
    };
  };
  switch (mishap.kind) {
    case 'killed': {
      const delivered = running() && kill('SIGKILL');
      return { damaged: null, end: async () => delivered };
    }
    case 'cut': {
      if (mishap.how === 'reset') {
        await host.cutLink();
        await host.resetConnections();
        return now(!(await answers(host)), () => host.healLink());
      }
      await host.dropPackets(mishap.how === 'frozen' ? 'all' : 'sent');
      return now(!(await answers(host)), () => host.dropPackets('none'));
    }
    case 'disk full': {
      await host.exec(['sh', '-c', 'cat /dev/zero > /full; cat /dev/zero >> /full']);
      const room = await host.exec(['sh', '-c', 'head -c 65536 /dev/zero >/more; rm -f /more']);
      return now(/No space left/.test(room.stderr), () => host.succeed(['rm', '/full']));
    }
    case 'reboot': {
      const before = await bootOf(host);
      const ran = running();
      // It goes on meanwhile, as who set it up does.
      const up = host.reboot(mishap.how);
      return {
        damaged: null,
        async end() {
          await up;
          return ran && (await bootOf(host)) !== before;
        },
      };
    }
    case 'slow restart': {
      const wait = `/bin/sh -c 'echo >>${slowed}; sleep ${mishap.seconds}'`;
      await host.writeFile(dropIn, `[Service]\nExecStartPre=+${wait}\n`);
      await host.succeed(['systemctl', 'daemon-reload']);
      return now(
        true,
        async () => {
          await host.succeed(['rm', '-f', dropIn, slowed]);
          await host.succeed(['systemctl', 'daemon-reload']);
        },
        async () => (await host.stat(slowed)) !== null,
      );
    }
    case 'damaged': {
      const find = `find ${state} -type f -size +0 -path '*/[0-9][0-9][0-9][0-9]-*' 2>/dev/null; ls ${state}/armed/until 2>/dev/null`;
      const files = (await host.exec(['sh', '-c', find])).stdout.split('\n').filter(Boolean).sort();
      const file = files[mishap.nth % Math.max(1, files.length)];
      if (file === undefined) return now(false);
      const before = await sumOf(host, file);
      // It may be gone by now: a state ends with one rename.
      const { code } = await host.exec(['sh', '-euc', damage[mishap.way], 'damage', file]);
      const done = code === 0 && before !== '' && (await sumOf(host, file)) !== before;
      return { ...now(done), damaged: done ? file : null };
    }
  }
}

/** Whether the host can still be reached from here. */
const answers = async (host: TestHost): Promise<boolean> => greets(host.address).catch(() => false);
