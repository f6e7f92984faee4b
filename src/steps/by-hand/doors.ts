import { isIP } from 'node:net';
import { isEverywhere } from '../../mosquitto/access-table.ts';
import type { Setup } from '../setup.ts';
import { type Door, doorOf, isHere } from '../ways.ts';

/** Where a person knocks at a port of the broker. */
export interface Knock {
  address: string;
  /** Only from the broker's own machine, which is another one. */
  over: boolean;
  protocol: Door['protocol'];
}

/** A listener is knocked at where it is bound, as far as that was seen. */
export function knockAt({ broker, listeners = [] }: Setup, port: number): Knock {
  const { address, protocol } = doorOf(listeners, port);
  const known = address !== null && (isIP(address) !== 0 || address === 'localhost');
  if (!known || isEverywhere(address)) return { address: broker.address, over: false, protocol };
  return { address, over: isHere(address) && broker.host.kind === 'ssh', protocol };
}
