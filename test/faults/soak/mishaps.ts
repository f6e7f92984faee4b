import type { TestHost } from '../../hosts/host.ts';
import type { Mishap, ways } from './turns.ts';

// Makes something go wrong on a host, and right again.

const state = '/var/lib/mqtt-lockstep';
const dropIn = '/etc/systemd/system/mosquitto.service.d/fault.conf';

const damage: Record<(typeof ways)[number], string> = {
  zeroed: 'size=$(stat -c %s "$1"); head -c "$size" /dev/zero >"$1"',
  halved: 'size=$(stat -c %s "$1"); truncate -s $((size / 2)) "$1"',
  flipped: 'printf x | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") / 2)) conv=notrunc status=none',
  removed: 'rm -f "$1"',
};

/** What has happened, and how it ends. */
export interface Happened {
  /** A file that was damaged; null: there was none, or something else happened. */
  damaged: string | null;
  /** The machine, its links and its disk are as before. What was damaged stays so. */
  end(): Promise<void>;
}

/** It happens now. `kill` ends the program. */
export async function happen(host: TestHost, mishap: Mishap, kill: () => void): Promise<Happened> {
  const happened = (
    end: () => Promise<unknown> = async () => {},
    damaged: string | null = null,
  ) => ({
    damaged,
    end: async () => void (await end()),
  });
  switch (mishap.kind) {
    case 'killed':
      kill();
      return happened();
    case 'cut': {
      if (mishap.how === 'reset') {
        await host.cutLink();
        await host.resetConnections();
        return happened(() => host.healLink());
      }
      await host.dropPackets(mishap.how === 'frozen' ? 'all' : 'sent');
      return happened(() => host.dropPackets('none'));
    }
    case 'disk full':
      await host.exec(['sh', '-c', 'cat /dev/zero > /full; cat /dev/zero >> /full']);
      return happened(() => host.succeed(['rm', '/full']));
    case 'reboot': {
      // It goes on meanwhile, as who set it up does.
      const up = host.reboot(mishap.how);
      return happened(() => up);
    }
    case 'slow restart': {
      const slow = `[Service]\nExecStartPre=/bin/sleep ${mishap.seconds}\n`;
      await host.writeFile(dropIn, slow);
      await host.succeed(['systemctl', 'daemon-reload']);
      return happened(async () => {
        await host.succeed(['rm', dropIn]);
        await host.succeed(['systemctl', 'daemon-reload']);
      });
    }
    case 'damaged': {
      const find = `find ${state} -type f -size +0 -path '*/[0-9][0-9][0-9][0-9]-*' 2>/dev/null; ls ${state}/armed/until 2>/dev/null`;
      const files = (await host.exec(['sh', '-c', find])).stdout.split('\n').filter(Boolean).sort();
      const file = files[mishap.nth % Math.max(1, files.length)] ?? null;
      if (file === null) return happened();
      // It may be gone by now: a state ends with one rename.
      const { code } = await host.exec(['sh', '-euc', damage[mishap.way], 'damage', file]);
      return happened(undefined, code === 0 ? file : null);
    }
  }
}
