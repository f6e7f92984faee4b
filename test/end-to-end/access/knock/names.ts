import { isIP } from 'node:net';
import type { TestHost } from '../../../support/hosts/host.ts';
import { isWildcard } from './sockets.ts';

/** The addresses that a host takes each of these for: a host name stands for some, an address for itself. */
export async function addressesOf(
  host: TestHost,
  names: readonly string[],
): Promise<(name: string) => string[]> {
  const found = new Map<string, string[]>();
  for (const name of new Set(names)) {
    if (isIP(name) || isWildcard(name) || name.startsWith('/')) continue;
    const lines = await host.succeed(['sh', '-c', 'getent ahosts -- "$0" || true', name]);
    const addresses = [...new Set(lines.split('\n').map((line) => line.split(' ')[0] ?? ''))];
    found.set(name, addresses.filter(Boolean));
  }
  return (name) => {
    const addresses = found.get(name) ?? [];
    // An interface is no host's name.
    return addresses.length > 0 ? addresses : [name];
  };
}
