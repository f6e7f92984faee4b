import { isIP } from 'node:net';
import type { Who } from './listener.ts';
import { kindsOfClient } from './listener.ts';
import type { ListeningSocket } from './listening-sockets.ts';
import { isLocalOnly } from './sockets.ts';

export type Answer = 'accepted' | 'refused' | 'absent';

/** What one kind of client is told at one socket, before a change and after it. */
export interface Cell {
  listener: Pick<ListeningSocket, 'port' | 'address' | 'protocol'>;
  who: Who;
  /** From another machine, or from the broker's own. */
  from: 'network' | 'here';
  before: Answer;
  after: Answer;
  /** What decides, as configured, where one is known: for certificates the authority's file. */
  by?: string;
  /** With a certificate: one of the authority that this change brings. */
  ours?: true;
  /** Let in before and after, but others decide who is: another password file, another plugin. */
  others?: true;
  /** With a password: a name that nobody has to know. */
  anyName?: true;
  /** With a pre-shared key, in place of a password. */
  key?: true;
  /** With a pre-shared key alone: who gives a name and password besides is let in afterwards, too. */
  keyAlone?: true;
}

/**
 * Every kind of client at every socket that is there before or after. Where an address is served by
 * another socket (127.0.0.1 by 0.0.0.0), that one answers. A certificate counts by its authority: where
 * that changes, those of the old one and those of the new one have a cell each.
 */
export function accessTable(
  before: readonly ListeningSocket[],
  after: readonly ListeningSocket[],
  authorities: Authorities = {},
): Cell[] {
  const seen = new Set<string>();
  const cells: Cell[] = [];
  const all = [...before, ...after];
  // A kind of which there is nobody has no cell.
  const kinds = kindsOfClient.filter(
    (who) => who === 'anonymous' || all.some(({ lets, by }) => lets[who] || by[who] !== undefined),
  );
  for (const socket of all) {
    const { port, address, protocol } = socket;
    const key = `${protocol} ${port} ${address}`;
    if (seen.has(key)) continue;
    seen.add(key);
    for (const from of ['network', 'here'] as const) {
      const [was, is] = [before, after].map((sockets) => answering(sockets, socket, from));
      if (!was && !is) continue;
      const byKey = was?.byKey || is?.byKey;
      for (const who of kinds)
        for (const cell of cellsOf(who, was, is, authorities))
          cells.push({
            ...{ listener: { port, address, protocol }, who, from, ...cell },
            ...(who === 'password' && byKey ? { key: true as const } : {}),
          });
    }
  }
  return cells;
}

/** Which authority's file is the one that a change brings, and which it holds besides. */
export interface Authorities {
  ours?: string | undefined;
  kept?: string | undefined;
}

type Sides = Omit<Cell, 'listener' | 'who' | 'from'>;

function cellsOf(
  who: Who,
  was: ListeningSocket | undefined,
  is: ListeningSocket | undefined,
  { ours, kept }: Authorities,
): Sides[] {
  const [before, after] = [answer(was, who), answer(is, who)];
  const [old, by] = [was?.by[who], is?.by[who] ?? was?.by[who]];
  const named = by === undefined ? {} : { by };
  if (who === 'password' && was?.keyAndName && before !== 'accepted') {
    const still = is?.keyAndName || is?.lets.password;
    return [
      { before: 'accepted', after: still ? 'accepted' : is ? 'refused' : 'absent', ...named },
    ];
  }
  if (who === 'password' && before === 'accepted' && after !== 'accepted' && is?.keyAndName)
    return [{ before, after, ...named, keyAlone: true }];
  // By the certificate that is asked for first whoever has a name still gets in, with that name or another.
  if (who === 'password' && before === 'accepted' && asksFirst(was) && was?.by.certificate === kept)
    return [{ before, after: answer(is, 'certificate'), ...named }];
  // Which names a plugin takes there is told of the plugin.
  if (
    who === 'password' &&
    [before, after].includes('absent') &&
    (asksPlugin(was) || asksPlugin(is))
  )
    return [];
  if (who !== 'certificate') {
    const both = was?.lets[who] && is?.lets[who];
    const changed = both && old !== undefined && old !== is.by[who];
    const cell = { before, after, ...named, ...(changed ? { others: true as const } : {}) };
    // Any name did, and now they are looked up: those that are known stay, all others do not.
    return both && old === undefined && is.by[who] !== undefined
      ? [cell, { before, after: 'refused', anyName: true }]
      : [cell];
  }
  // Without TLS nobody can show one.
  if (!was?.tls && !is?.tls) return [];
  const own = by !== undefined && by === ours ? { ours: true as const } : {};
  if (old === is?.by.certificate || !is?.tls) return [{ before, after, ...named, ...own }];
  // Where none was asked for, whoever showed one came in as everybody did; without TLS nobody could.
  const shown = was && !was.tls ? 'refused' : answer(was, 'anonymous');
  const asEverybody = { before: shown, after, ...named, ...own };
  if (old === undefined) return [asEverybody];
  const without = is ? 'refused' : 'absent';
  return [{ before, after: old === kept ? after : without, by: old }, asEverybody];
}

/** Whether nobody gets in there without a certificate, and everybody with one does. */
const asksFirst = (socket: ListeningSocket | undefined): boolean =>
  socket?.lets.certificate === true && !socket.lets.anonymous;

/** Whether a plugin looks at every name that comes there. */
const asksPlugin = (socket: ListeningSocket | undefined): boolean =>
  socket?.lets.plugin === true && !socket.lets.password;

const answer = (socket: ListeningSocket | undefined, who: Who): Answer =>
  socket === undefined ? 'absent' : socket.lets[who] ? 'accepted' : 'refused';

/** The socket that takes a connection to the address of another, from that side; none: nobody answers. */
function answering(
  sockets: readonly ListeningSocket[],
  asked: ListeningSocket,
  from: 'network' | 'here',
) {
  if (from === 'network' && isLocalOnly(asked.address)) return undefined;
  const alike = sockets.filter(
    ({ port, protocol }) => port === asked.port && protocol === asked.protocol,
  );
  const exactly = alike.find(({ address }) => address === asked.address);
  if (exactly || asked.protocol === 'unix') return exactly;
  const family = asked.address === '::(dual)' ? 46 : asked.address.includes(':') ? 6 : 4;
  const wide = alike.find(
    ({ address }) =>
      address === '::(dual)' ||
      (address === '0.0.0.0' && family !== 6) ||
      (address === '::' && family !== 4),
  );
  if (wide || from === 'network') return wide;
  // A program on the machine itself reaches it at each of its addresses.
  if (isLocalOnly(asked.address))
    return alike.find(({ address }) => !isLocalOnly(address) && isIP(address) === family);
  if (!isEverywhere(asked.address)) return undefined;
  return alike.find(
    ({ address }) => isLocalOnly(address) && (family === 46 || isIP(address) === family),
  );
}

export const isEverywhere = (address: string): boolean =>
  address === '0.0.0.0' || address === '::' || address === '::(dual)';

export const isChange = ({ before, after }: Cell): boolean => before !== after;

/** Somebody is let in before, and not after. */
export const isLoss = ({ before, after }: Cell): boolean =>
  before === 'accepted' && after !== 'accepted';

/**
 * Who is let in after and was not before, other than by a certificate of the authority that a change
 * brings, at the listener that it brings (`port`): there must be nobody.
 */
export const loosened = (cells: readonly Cell[], port: number): Cell[] =>
  cells.filter(
    ({ before, after, listener, ours, others }) =>
      after === 'accepted' &&
      (before !== 'accepted' || others) &&
      !(ours && listener.port === port),
  );
