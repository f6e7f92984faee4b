import { isIP } from 'node:net';
import { behaviourOf } from '../config/model/behaviour.ts';
import type { Configuration } from '../config/model/configuration.ts';
import { openListeners } from './listeners.ts';

/** By which address programs on the broker's own machine go on: `::1` where the port takes IPv6 alone. */
export function loopbackOf({ memory, version }: Configuration, port: number): string {
  const open = openListeners(memory, behaviourOf(version));
  const sockets = 'error' in open ? [] : open.flatMap(({ sockets }) => sockets);
  const there = sockets.filter((one) => one.port === port);
  const only6 = there.every(({ address }) => isIP(address) === 6);
  return there.length > 0 && only6 ? '::1' : '127.0.0.1';
}
