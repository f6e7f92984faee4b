import type { Kind } from './callers.ts';
import type { Answer } from './knock.ts';
import { type Open, type Told, wordsOf } from './plan.ts';
import { answersFor, nameOf, type Side } from './sockets.ts';
import { type Cell, cellsOf, sideWords, type Table } from './table.ts';

/** One run: who got in before it and after it, and what its plan and its end said. */
export interface Outcome {
  before: Table;
  after: Table;
  told: readonly Told[];
  open: readonly Open[];
  /** The port that holders of the new certificates come by. */
  tlsPort: number;
}

type Got = Answer['got'];

/** Every breach of an invariant, a sentence each; nothing where all hold. */
export const breaches = (outcome: Outcome): string[] => [
  ...loosened(outcome),
  ...unannounced(outcome),
  ...untrue(outcome),
  ...openUnnamed(outcome),
];

/** The cell of a kind of caller in both tables. */
interface Pair {
  port: string;
  side: Side;
  kind: Kind;
  before: Answer;
  after: Answer;
}

const nobody: Answer = {
  got: 'absent',
  answered: false,
  publishes: false,
  reads: false,
  words: 'nothing listens',
};

const find = (table: Pick<Table, 'cells'>, { port, side, kind }: Omit<Cell, 'answer'>): Answer =>
  table.cells.find((one) => one.port === port && one.side === side && one.kind === kind)?.answer ??
  nobody;

function pairs({ before, after }: Outcome): Pair[] {
  const keys = new Map(
    [...before.cells, ...after.cells].map((one) => [`${one.port} ${one.side} ${one.kind}`, one]),
  );
  return [...keys.values()].map(({ port, side, kind }) => {
    const key = { port, side, kind };
    return { ...key, before: find(before, key), after: find(after, key) };
  });
}

const isNewcomer = ({ port, kind }: Pair, { tlsPort }: Outcome): boolean =>
  kind === 'newcomer' && port === String(tlsPort);

/** The first invariant: nobody gets in, publishes or reads who did not before. */
function loosened(outcome: Outcome): string[] {
  return pairs(outcome)
    .filter((one) => !isNewcomer(one, outcome))
    .flatMap((one) => {
      const { before, after } = one;
      const gains = [
        ...(after.got === 'accepted' && before.got !== 'accepted' ? ['gets in'] : []),
        ...(after.publishes && !before.publishes ? ['publishes'] : []),
        ...(after.reads && !before.reads ? ['reads'] : []),
      ];
      return gains.length === 0 ? [] : [`LOOSENED: ${cell(one)}; now ${gains.join(', ')}.`];
    });
}

/** The second: who gets in no more, or less far, is in the plan; so is every other change. */
function unannounced(outcome: Outcome): string[] {
  return pairs(outcome).flatMap((one) => {
    const { before, after } = one;
    const told = outcome.told.filter((event) => speaksOf(event, one));
    const words = cell(one);
    if (before.got === 'accepted' && after.got !== 'accepted')
      return matters(one, outcome.before) && told.length === 0
        ? [`SHUT OUT UNANNOUNCED: ${words}; the plan says nothing of it.`]
        : [];
    if ((before.publishes && !after.publishes) || (before.reads && !after.reads))
      return [`RESTRICTED UNANNOUNCED: ${words}; publishes or reads no more.`];
    const isChange =
      before.got !== after.got &&
      (isNewcomer(one, outcome) ? after.got === 'accepted' : one.kind === 'anonymous');
    if (after.got === 'accepted' && !isNewcomer(one, outcome)) return []; // said already, and worse
    return isChange && told.length === 0
      ? [`CHANGE NOT TOLD: ${words}; the plan says nothing of it.`]
      : [];
  });
}

/**
 * Whether it is what it shows that lets somebody in: a name does not matter where any would do, nor a
 * certificate where none is asked for. Of those the plan says it once, of everybody.
 */
function matters({ port, side, kind }: Pair, table: Table): boolean {
  const does = (other: Kind) => find(table, { port, side, kind: other }).got === 'accepted';
  if (kind === 'anonymous') return true;
  if (kind === 'certificate') return !does('anonymous');
  if (kind === 'password' || kind === 'plugin') return !does('made-up');
  return kind === 'shared-key';
}

/** The kinds of callers that a plan means by its words. */
const meant: Readonly<Record<Told['who'], readonly Kind[]>> = {
  anonymous: ['anonymous'],
  password: ['password', 'shared-key'],
  plugin: ['plugin'],
  certificate: ['certificate', 'newcomer'],
};

const portOf = ({ listener }: { listener: Told['listener'] }): string =>
  nameOf({ address: listener.address, port: listener.port });

/** Whether a word speaks of a kind of callers, too: a name in a password file may be a plugin's to know. */
const covers = (who: Told['who'], kind: Kind): boolean =>
  meant[who].includes(kind) || (who === 'plugin' && kind === 'password');

const speaksOf = (event: Told, { port, side, kind }: Pair): boolean =>
  portOf(event) === port && event.from === side && covers(event.who, kind);

/** What the plan says of a listener is what happens there. */
function untrue(outcome: Outcome): string[] {
  return outcome.told.flatMap((event) => {
    if (event.before === event.after) return [`NO CHANGE, BUT TOLD: ${wordsOf(event)}.`];
    const tried = meant[event.who].filter((kind) =>
      [outcome.before, outcome.after].some(({ cells }) => cells.some((one) => one.kind === kind)),
    );
    if (tried.length === 0) return []; // a plugin of which nobody knows whom it lets in
    const fits = tried.some(
      (kind) =>
        met(outcome.before, event, kind).includes(event.before) &&
        metAfter(outcome, event, kind).includes(event.after),
    );
    if (fits) return [];
    const seen = tried.map(
      (kind) =>
        `${kind} met ${met(outcome.before, event, kind).join(' or ')} -> ` +
        metAfter(outcome, event, kind).join(' or '),
    );
    return [`TOLD WRONGLY: the plan says ${wordsOf(event)}; ${seen.join('; ')}.`];
  });
}

/** What a kind met at the port of an event, and at its very socket, should that be another answer. */
function met(table: Table, event: Told, kind: Kind): Got[] {
  const { address, protocol } = event.listener;
  const at = table.seen.filter(
    ({ socket, speaks }) =>
      answersFor(socket.address, address) &&
      (speaks === 'unknown' || socket.port === 0 || speaks === protocol),
  );
  const key = { port: portOf(event), side: event.from, kind };
  const got = [table, { cells: cellsOf(at) }].flatMap((one) => {
    const { got } = find(one, key);
    // Where any name gets in, none is known to a plugin.
    const unknown = kind === 'plugin' && find(one, { ...key, kind: 'made-up' }).got === 'accepted';
    return unknown ? [got, 'refused' as const] : [got];
  });
  return [...new Set(got)];
}

/** At the new port a name comes with the new certificate, by which it gets in whatever it is. */
function metAfter(outcome: Outcome, event: Told, kind: Kind): Got[] {
  const isNew = event.listener.port === outcome.tlsPort && event.who !== 'anonymous';
  const named = isNew && event.who !== 'certificate';
  return [...met(outcome.after, event, kind), ...(named ? (['accepted'] as const) : [])];
}

/** "Secured" names what stays open: to everybody, or to a password that is sent over the network in the clear. */
function openUnnamed({ after, open, tlsPort }: Outcome): string[] {
  const names = (one: Open, { port, kind }: Cell) => nameOf(one) === port && covers(one.who, kind);
  const clear = (port: string) =>
    after.seen.some(({ socket, tls }) => nameOf(socket) === port && !tls);
  const unnamed = after.cells.filter(
    ({ port, side, kind, answer }) =>
      answer.got === 'accepted' &&
      (kind === 'anonymous' ||
        ((kind === 'password' || kind === 'plugin') &&
          side === 'network' &&
          clear(port) &&
          matters({ port, side, kind, before: answer, after: answer }, after))),
  );
  return [
    ...unnamed
      .filter((one) => !open.some((entry) => names(entry, one)))
      .map((one) => `STAYS OPEN, NOT NAMED: ${one.port} · ${one.kind} from ${one.side}.`),
    ...open
      .filter((entry) => entry.port !== tlsPort)
      .filter(
        (entry) => !after.cells.some((one) => one.answer.got === 'accepted' && names(entry, one)),
      )
      .map((entry) => `CALLED OPEN, BUT IS NOT: ${entry.port} at ${entry.address} · ${entry.who}.`),
  ];
}

const cell = ({ port, side, kind, before, after }: Pair): string =>
  `${port} · ${kind} from ${sideWords[side]}: ${said(before)} -> ${said(after)}`;

const said = ({ got, words }: Answer): string => (words ? `${got} (${words})` : got);
