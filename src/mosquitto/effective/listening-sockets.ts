import { behaviourOf } from '../config/model/behaviour.ts';
import type { Configuration } from '../config/model/configuration.ts';
import { letIn } from './admits.ts';
import type { Admits } from './listener.ts';
import { openListeners } from './listeners.ts';
import type { OpenListener } from './open-listener.ts';
import { protocolOf } from './sockets.ts';

/** One socket, and who gets in there. */
export interface ListeningSocket extends Admits {
  port: number;
  /** As the kernel shows it, or a unix path; see `Listener.addresses`. */
  address: string;
  protocol: 'mqtt' | 'websockets' | 'unix' | 'unknown';
  tls: boolean;
}

/**
 * Who gets in at each socket of a configuration; none where the broker does not start with it. What the
 * files hold that it names is not known here.
 */
export function listeningSockets(
  { memory, error }: Configuration,
  version: string,
): ListeningSocket[] {
  const behaviour = behaviourOf(version);
  const opened = error === null ? openListeners(memory, behaviour) : [];
  if ('error' in opened) return [];
  return opened.flatMap((one): ListeningSocket[] => {
    const { lets, by, ...more } = letIn(one, memory, behaviour);
    return one.sockets.map(({ port, address }) => ({
      port,
      address,
      protocol: protocolAt(one, address),
      tls: one.protection.kind !== 'plain',
      lets,
      by,
      ...more,
    }));
  });
}

function protocolAt({ configured }: OpenListener, address: string): ListeningSocket['protocol'] {
  if (address.startsWith('/') || configured.path === address) return 'unix';
  const protocol = protocolOf(configured);
  return protocol === 'mqtt' || protocol === 'websockets' ? protocol : 'unknown';
}
