import { isIP } from 'node:net';
import { isEverywhere } from '../../mosquitto/effective/access-table.ts';
import type { Setup } from '../contract/setup.ts';
import { isHere, type ListenerAddress, listenerAddress } from '../reach/ways.ts';

/** Where a person knocks at a port of the broker. */
export interface Knock {
  address: string;
  /** Only from the broker's own machine, which is another one. */
  over: boolean;
  protocol: ListenerAddress['protocol'];
}

/** A listener is knocked at where it is bound, as far as that was seen. */
export function knockAt({ broker, listeners = [] }: Setup, port: number): Knock {
  const { address, protocol } = listenerAddress(listeners, port);
  const known = address !== null && (isIP(address) !== 0 || address === 'localhost');
  if (!known || isEverywhere(address)) return { address: broker.address, over: false, protocol };
  return { address, over: isHere(address) && broker.host.kind === 'ssh', protocol };
}
