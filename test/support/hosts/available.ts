import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { searchPath } from './machine.ts';

export type Availability = { ok: true } | { ok: false; reason: string };

/**
 * Whether this machine can run broker hosts: they take root on Debian (or a relative with its
 * apt-get; programs that are missing get installed) and leave to make namespaces and mounts.
 */
export function hostsAvailable(): Availability {
  if (process.platform !== 'linux')
    return no(`broker hosts need Linux, this is ${process.platform}`);
  if (process.getuid?.() !== 0) return no('broker hosts need root');
  if (!existsSync('/etc/debian_version')) return no('broker hosts need Debian or a relative of it');
  const script = 'mount -t tmpfs lockstep /mnt && ip link add veth0 type veth peer name veth1';
  const argv = ['--mount', '--net', 'sh', '-euc', script];
  const tried = spawnSync('unshare', argv, {
    encoding: 'utf8',
    env: { ...process.env, PATH: searchPath },
  });
  if (tried.status === 0) return { ok: true };
  const words = tried.error?.message ?? tried.stderr.trim();
  return no(`this machine does not let us make mounts and network namespaces: ${words}`);
}

function no(reason: string): Availability {
  return { ok: false, reason };
}
