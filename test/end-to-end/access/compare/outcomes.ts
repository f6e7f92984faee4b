import type { Answer, Kind } from '../knock/call.ts';
import { isReached, sides } from '../knock/sockets.ts';
import type { Told } from '../plan.ts';
import type { Seen, Table } from '../table.ts';
import { breaches } from './compare.ts';
import type { Outcome } from './outcome.ts';

// Runs made up, and what the observer says of them.

type Got = Answer['got'];

const answer = (got: Got): Answer => ({
  got,
  answered: got !== 'absent',
  publishes: got === 'accepted',
  reads: got === 'accepted',
  words: '',
});

/** Everybody who comes to a plain socket, and to one with TLS besides. */
const plainly: Kind[] = ['anonymous', 'password', 'user-1', 'user-2', 'made-up'];
export const others: Kind[] = ['password-alone', 'certificate', 'second-certificate', 'revoked'];

/** A table of sockets (`ADDRESS:PORT`) and who gets in there; everybody else is refused. */
export function table(sockets: Record<string, Kind[]>, tls: number[] = [8883]): Table {
  const seen = Object.entries(sockets).flatMap(([place, entering]): Seen[] => {
    const colon = place.lastIndexOf(':');
    const socket = { address: place.slice(0, colon), port: Number(place.slice(colon + 1)) };
    const isTls = tls.includes(socket.port);
    const kinds = new Set([...plainly, ...(isTls ? [...others, 'newcomer' as const] : entering)]);
    const answers = Object.fromEntries(
      [...kinds].map((kind) => [kind, answer(entering.includes(kind) ? 'accepted' : 'refused')]),
    );
    const about = { tls: isTls, speaks: 'mqtt', answers } as const;
    return sides
      .filter((side) => isReached(socket, side))
      .map((side) => ({ socket, side, ...about }));
  });
  return { seen, kept: null };
}

function told(line: string): Told {
  const [port, address = '', who, from, before, after] = line.split(' ');
  const listener = { port: Number(port), address, protocol: 'mqtt' as const };
  return { event: 'access', listener, who, from, before, after } as Told;
}

const secured: Record<string, Kind[]> = { '0.0.0.0:8883': ['newcomer'] };
const securedTold = ['network', 'here'].flatMap((from) =>
  ['anonymous', 'certificate'].map((who) =>
    told(`8883 0.0.0.0 ${who} ${from} absent ${who === 'anonymous' ? 'refused' : 'accepted'}`),
  ),
);

export const outcome = (
  before: Record<string, Kind[]>,
  after: Record<string, Kind[]>,
  lines: string[] = [],
  open: Outcome['open'] = [],
  /** Ports that speak TLS, before and after. */
  [tlsBefore, tlsAfter]: [number[], number[]] = [[8883], [8883]],
): string[] =>
  breaches({
    before: table(before, tlsBefore),
    after: table({ ...after, ...secured }, [...tlsAfter, 8883]),
    told: [...lines.map(told), ...securedTold],
    open,
    tlsPort: 8883,
  });

export const everybody: Kind[] = ['anonymous', 'password', 'made-up'];
