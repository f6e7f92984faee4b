import type { Answer, Kind } from '../knock/call.ts';
import {
  answersFor,
  isLoopback,
  isWildcard,
  nameOf,
  type Side,
  type Socket,
} from '../knock/sockets.ts';
import type { Seen, Table } from '../table.ts';

/**
 * One address of a port. `0.0.0.0` and `::` stand for all of their family that have no socket of their own:
 * whoever uses such an address has lost it when a socket for one address takes the place of one for all.
 */
export interface Point {
  /** A port, or the path of a unix socket. */
  port: string;
  address: string;
  device?: string;
}

/** Every point of any of these tables, once; a socket for both families has one of each. */
export function pointsOf(...tables: readonly Pick<Table, 'seen'>[]): Point[] {
  const points = tables.flatMap(({ seen }) => seen.flatMap(({ socket }) => pointsIn(socket)));
  return [...new Map(points.map((one) => [placeOfPoint(one), one])).values()];
}

const pointsIn = (socket: Socket): Point[] =>
  (socket.address === '*' ? ['0.0.0.0', '::'] : [socket.address]).map((address) => ({
    ...{ port: nameOf(socket), address },
    ...(socket.device ? { device: socket.device } : {}),
  }));

/** What a point is called in a finding: the plan's words for a listener, without the protocol. */
export const placeOfPoint = ({ port, address, device }: Point): string =>
  port === address ? port : `${port} at ${address}${device ? `%${device}` : ''}`;

/** What takes a connection to that point from that side: its own socket, else one for all addresses. */
export function servedAt({ seen }: Pick<Table, 'seen'>, point: Point, side: Side): Seen[] {
  const alike = seen.filter((one) => one.side === side && nameOf(one.socket) === point.port);
  const ways: ((socket: Socket) => boolean)[] = [
    (socket) => socket.address === point.address && isThrough(socket, point),
    (socket) =>
      isWildcard(socket.address) &&
      answersFor(socket.address, point.address) &&
      isThrough(socket, point),
    // Programs on the machine mean its loopback address before any other.
    (socket) =>
      side === 'here' &&
      isWildcard(point.address) &&
      isLoopback(socket) &&
      answersFor(socket.address, point.address),
  ];
  for (const way of ways) {
    const found = alike.filter(({ socket }) => way(socket));
    if (found.length > 0) return found;
  }
  return [];
}

/** Whether the interface that a socket is bound to is one by which the point is reached. */
function isThrough({ device }: Socket, point: Point): boolean {
  if (!device || device === point.device) return true;
  return !isWildcard(point.address) && (device === 'lo') === isLoopback({ ...point, port: 1 });
}

/** Everything that whoever is on the machine reaches at that port, by whatever address. */
export const servedHere = ({ seen }: Pick<Table, 'seen'>, { port }: Point): Seen[] =>
  seen.filter(({ side, socket }) => side === 'here' && nameOf(socket) === port);

/** Whether a listener's address, as the program says it (an interface, too), holds that point. */
export function holds(listener: { port: number; address: string }, point: Point): boolean {
  if (nameOf(listener) !== point.port) return false;
  const { address } = listener;
  if (address === point.address || address === point.device) return true;
  return isWildcard(address) && answersFor(address, point.address);
}

export const nobody: Answer = {
  got: 'absent',
  answered: false,
  publishes: false,
  reads: false,
  words: 'nothing listens',
};

/** Who can show nothing without TLS is there nobody else than these; whose name it is, both know. */
const inTheClear: Partial<Record<Kind, readonly Kind[]>> = {
  certificate: ['anonymous'],
  'second-certificate': ['anonymous'],
  revoked: ['anonymous'],
  newcomer: ['anonymous'],
  'password-alone': ['password', 'plugin'],
};

/** Of what a kind of caller met at these, the best. */
export function answerAt(served: readonly Seen[], kind: Kind): Answer {
  const answers = served.flatMap(({ tls, answers }) => {
    const same = tls || answers[kind] ? [kind] : (inTheClear[kind] ?? []);
    return same.flatMap((one) => answers[one] ?? []);
  });
  return answers.reduce(better, nobody);
}

const rank = { absent: 0, refused: 1, accepted: 2 } as const;

function better(one: Answer, other: Answer): Answer {
  const best = rank[other.got] > rank[one.got] ? other : one;
  return {
    ...best,
    publishes: one.publishes || other.publishes,
    reads: one.reads || other.reads,
  };
}
