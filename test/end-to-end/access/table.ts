import type { At, Echo, Heard, Round } from './knock/call.ts';
import type { Shown } from './knock/callers.ts';
import { sideId } from './knock/ids.ts';
import { type Network, wayTo } from './knock/network.ts';
import {
  isReached,
  placeOf,
  type Side,
  type Socket,
  seenFromHere,
  sides,
  socketsOf,
} from './knock/sockets.ts';

/** One socket, and what everybody met at it who came from that side. */
export interface Seen extends Echo {
  socket: Socket;
  side: Side;
}

/** Who gets in where. */
export interface Table {
  seen: Seen[];
  /** Whether the message is there that `leaveMessage` left; null where nobody may look. */
  kept: boolean | null;
}

const topics = { topic: 'test/observer', kept: 'test/kept' };

/** Looks who gets in at every socket of the broker, from both sides. */
export async function lookAround(network: Network, shown: Shown): Promise<Table> {
  const sockets = await socketsOf(network.host);
  const seen: Seen[] = [];
  let kept: boolean | null = null;
  // One side after the other: a broker may take one client at a time, or one of each name.
  for (const side of sides) {
    const reached = sockets.filter((socket) => isReached(socket, side));
    const heard = await knock(reached, side, network, shown);
    const { echoes } = heard;
    kept ??= heard.kept;
    for (const [n, socket] of reached.entries())
      if (echoes[n]) seen.push({ socket, side, ...echoes[n] });
  }
  return { seen, kept };
}

/** Leaves a message that a broker with persistence has after a restart, too. */
export async function leaveMessage(network: Network, shown: Shown): Promise<void> {
  await knock(await socketsOf(network.host), 'here', network, shown, { leave: true });
}

async function knock(
  sockets: Socket[],
  side: Side,
  network: Network,
  { cafile, clientId, callers }: Shown,
  what: Pick<Round, 'leave'> = {},
): Promise<Heard> {
  if (sockets.length === 0) return { echoes: [], kept: null };
  const { host } = network;
  const way = async (socket: Socket) =>
    socket.port > 0
      ? { port: socket.port, ...wayTo(socket, side, network) }
      : { path: await seenFromHere(host, socket) };
  const at = await Promise.all(
    sockets.map(async (socket): Promise<At> => ({ ...(await way(socket)), callers })),
  );
  const round: Round = { cafile, clientId: sideId(clientId, side), ...topics, at, ...what };
  return network.knockers[side].ask(round);
}

/** What of a table is the same each time: no words, which differ by whoever hangs up first. */
export const comparable = ({ seen, kept }: Table): string[] => [
  `the message is ${kept ? 'kept' : kept === null ? 'not looked for' : 'lost'}`,
  ...seen.flatMap(({ socket, side, tls, speaks, answers }) =>
    Object.entries(answers).map(
      ([kind, { got, publishes, reads }]) =>
        `${placeOf(socket)} ${speaks}${tls ? ' over TLS' : ''}, ${kind} from ${sideWords[side]}: ` +
        `${got}${publishes ? ', publishes' : ''}${reads ? ', reads' : ''}`,
    ),
  ),
];

export const sideWords: Readonly<Record<Side, string>> = { network: 'the network', here: 'here' };
