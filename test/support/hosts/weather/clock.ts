import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { TestHost } from '../host.ts';
import { succeed } from '../program.ts';

/** How wrong a host's clock may be: seconds that it is ahead of the right time (negative: behind). */
export const wrongClocks = {
  'an hour behind': -3600,
  'a day behind': -86_400,
  'a year ahead': 365 * 86_400,
  'in 1970': -Math.floor(Date.now() / 1000) + 90,
} as const;

const there = '/usr/local/lib/libfaketime.so.1';

/**
 * Puts the whole of a running host into another time: whatever it starts from now on, sshd and the
 * broker too, which are started again. Nothing else can: the kernel has one clock for all of a
 * machine, this one included. 0 is the right time.
 */
export async function setClock(host: TestHost, aheadSeconds: number): Promise<void> {
  if (aheadSeconds === 0) {
    await host.succeed(['rm', '-f', '/etc/ld.so.preload']);
  } else {
    const bytes = await readFile(await library());
    await host.writeFile(there, bytes, { mode: 0o755 });
    await host.writeFile('/etc/faketimerc', `${aheadSeconds > 0 ? '+' : ''}${aheadSeconds}\n`);
    await host.writeFile('/etc/ld.so.preload', `${there}\n`);
  }
  // Intervals stay as they are: keepalives and time limits are measured by another clock. The limit of
  // starts in ten seconds is systemd's; tests change the clock more often.
  const script = `systemctl set-environment FAKETIME_DONT_FAKE_MONOTONIC=1
    systemctl reset-failed ssh mosquitto
    systemctl restart ssh mosquitto`;
  await host.succeed(['sh', '-euc', script]);
  await host.ready();
}

/** libfaketime, which Debian keeps in a folder of its architecture's name. */
async function library(): Promise<string> {
  const triplet = (await succeed(['dpkg-query', '-L', 'libfaketime'])).split('\n');
  const path = triplet.find((line) => line.endsWith('/libfaketimeMT.so.1'));
  if (path && existsSync(path)) return path;
  throw new Error('there is no libfaketime on this machine');
}
