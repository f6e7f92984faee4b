import type { Listener, Who } from '../../mosquitto/effective/listener.ts';
import { kindsOfClient } from '../../mosquitto/effective/listener.ts';
import type { ListeningSocket } from '../../mosquitto/effective/listening-sockets.ts';
import type { OpenSocket } from '../contract/evidence.ts';

/** Where 2.1's HTTP API answers: no MQTT, but it tells what the broker does. */
export const openApis = (listeners: readonly Listener[]): OpenSocket[] =>
  listeners.flatMap(({ api, port, addresses: [address = ''] }) =>
    api === undefined
      ? []
      : [
          {
            port,
            address,
            who: api === 'everybody' ? ('anonymous' as const) : ('password' as const),
          },
        ],
  );

/** What stays open by choice. `ours` is the file of our authority as the broker has it. */
export function openSockets(sockets: readonly ListeningSocket[], ours: string): OpenSocket[] {
  return sockets.flatMap(({ port, address, lets, by, byKey, keyAndName }) =>
    kindsOfClient
      .filter((who) => lets[who] || (who === 'password' && keyAndName))
      .filter((who) => !(who === 'certificate' && by.certificate === ours))
      .map((who) => ({
        ...{ port, address, who },
        ...(who === 'password' && byKey ? { key: true as const } : {}),
      })),
  );
}

const byWhat: Readonly<Record<Who, string>> = {
  anonymous: 'everybody',
  password: 'who has a password',
  certificate: 'certificates of another authority',
  plugin: 'who has a name at a plugin',
};

const byAKey = 'who has a shared key';

/** For a sentence: `still open by choice: port 1884 (who has a password).`; empty where nothing is. */
export function openWords(open: readonly OpenSocket[]): string {
  if (open.length === 0) return '';
  const sockets = Map.groupBy(open, ({ port, address }) =>
    port === 0
      ? `the socket ${address}`
      : `port ${port}${onlyHere.test(address) ? ', its own machine only' : ''}`,
  );
  const told = [...sockets].map(([socket, all]) => {
    const everybody = all.some(({ who }) => who === 'anonymous');
    const what = new Set(all.map(({ who, key }) => (key ? byAKey : byWhat[who])));
    return `${socket} (${everybody ? byWhat.anonymous : [...what].join(', ')})`;
  });
  return `still open by choice: ${told.join('; ')}.`;
}

const onlyHere = /^(127\.|::1$)/;
