import {
  type Answer,
  type Cell,
  isEverywhere,
  isLoss,
} from '../../mosquitto/effective/access-table.ts';
import { isLocalOnly } from '../../mosquitto/effective/sockets.ts';
import type { OtherClient, PlainClient, PlainUse } from '../contract/plain-clients.ts';
import type { AccessLine } from '../contract/plan.ts';
import { names } from '../plain-port/words.ts';

/** What the table is told from. */
export interface AccessTold {
  cells: readonly Cell[];
  plain: number | null;
  use: PlainUse | null;
  /** What an authority calls itself, by the file that names it; a file that is not known is named itself. */
  authorities: ReadonlyMap<string, string>;
}

/** Who gets in, now and then: a line for each kind of client at each port, the ports in order. */
export function accessLines(told: AccessTold): AccessLine[] {
  const groups = Map.groupBy(told.cells, ({ listener, who, by, ours, anyName, key, keyAlone }) =>
    JSON.stringify([
      listener.port,
      listener.port === 0 ? listener.address : '',
      listener.protocol,
      who,
      who === 'certificate' ? (by ?? '') : '',
      ours ?? false,
      anyName ?? false,
      key ?? false,
      keyAlone ?? false,
    ]),
  );
  return [...groups.values()]
    .filter(isOfNote)
    .sort(inOrder)
    .map((cells) => lineOf(cells, told));
}

/** Of a kind that gets in nowhere nothing is said, but that nobody else gets in at a port is. */
function isOfNote(cells: Cell[]): boolean {
  const who = cells[0]?.who;
  const ever = cells.some(({ before, after }) => before === 'accepted' || after === 'accepted');
  // The HTTP API is no matter of clients: what becomes of it is told by itself.
  return ever || (who === 'anonymous' && cells[0]?.listener.protocol !== 'unknown');
}

const order: readonly Cell['who'][] = ['anonymous', 'password', 'plugin', 'certificate'];

const inOrder = ([one]: Cell[], [other]: Cell[]): number =>
  one && other
    ? one.listener.port - other.listener.port ||
      one.listener.address.localeCompare(other.listener.address) *
        (one.listener.port === 0 ? 1 : 0) ||
      order.indexOf(one.who) - order.indexOf(other.who)
    : 0;

function lineOf(cells: Cell[], told: AccessTold): AccessLine {
  const [first] = cells as [Cell];
  const loses = cells.some(({ before, after }) => before === 'accepted' && after !== 'accepted');
  const open =
    first.who !== 'certificate' &&
    cells.some(({ from, after }) => from === 'network' && after === 'accepted');
  const seen = loses ? seenWords(first, told) : '';
  return {
    text: `${portOf(first)} · ${kindOf(first, told)}: ${fateOf(cells)}${seen}`,
    warning: loses || open,
  };
}

function portOf({ listener: { port, address, protocol } }: Cell): string {
  if (protocol === 'unix') return address;
  return protocol === 'websockets' ? `${port} (websockets)` : String(port);
}

function kindOf({ who, by, anyName, key, keyAlone }: Cell, { authorities }: AccessTold): string {
  if (anyName) return 'any other name';
  if (keyAlone) return 'a shared key without a name and password';
  if (key) return 'a shared key';
  switch (who) {
    case 'anonymous':
      return 'anonymous';
    case 'password':
      return 'password';
    case 'plugin':
      return `names at the plugin ${by?.split('/').at(-1) ?? ''}`.trim();
    default:
      return `certificates of ${authorities.get(by ?? '') ?? by ?? 'its authority'}`;
  }
}

/** One word for all where one holds; else the network's, address by address, and the machine's own. */
function fateOf(cells: Cell[]): string {
  const network = cells.filter(({ from }) => from === 'network');
  const own = cells.filter(({ from }) => from === 'here');
  const near = best(own);
  // A program that asks for one of its machine's addresses is not served at the other one.
  const gone = own
    .filter(
      (cell) => near.after === 'accepted' && isLoss(cell) && cell.listener.address !== '0.0.0.0',
    )
    .map((cell) => `; at ${nearOf(cell.listener.address)} ${words(cell)}`)
    .join('');
  if (network.length === 0) return `${words(near)} (only its own machine reaches it)${gone}`;
  const distinct = new Map(network.map((cell) => [words(cell), cell]));
  const [far, ...more] = distinct.keys();
  if (more.length > 0) {
    const each = network.map((cell) => `at ${cell.listener.address} ${words(cell)}`).join('; ');
    const itself = own.some(({ listener }) => isLocalOnly(listener.address))
      ? `; from its own machine ${words(near)}`
      : '';
    return `${each}${itself}${gone}`;
  }
  if (far === words(near)) return `${far}${gone}`;
  const lost = network.every(({ before, after }) => before === 'accepted' && after !== 'accepted');
  return lost && near.after === 'accepted'
    ? `from its own machine only, from now on${gone}`
    : `${far}; from its own machine ${words(near)}${gone}`;
}

/** How a program on the machine itself reaches a socket for all addresses. */
const nearOf = (address: string): string => (isEverywhere(address) ? '::1' : address);

type Both = Pick<Cell, 'before' | 'after'>;

/** A program on the machine itself may choose among its addresses. */
function best(cells: Cell[]): Both {
  const one = (side: 'before' | 'after'): Answer =>
    (['accepted', 'refused'] as const).find((answer) =>
      cells.some((cell) => cell[side] === answer),
    ) ?? 'absent';
  return { before: one('before'), after: one('after') };
}

function words({ before, after }: Both): string {
  if (before === after) return before === 'accepted' ? 'as before' : 'refused, as before';
  if (after === 'accepted') return 'let in from now on';
  if (after === 'absent') return 'nothing listens there from now on';
  return before === 'accepted' ? 'refused from now on' : 'refused';
}

/** `, 2 seen: pump-3, roof`, of those who come by the port in that way. */
function seenWords({ who, listener, key, keyAlone }: Cell, { plain, use }: AccessTold): string {
  if (use === null) return '';
  const all: readonly (PlainClient | OtherClient)[] =
    listener.port === plain
      ? use.clients
      : (use.others ?? []).filter(({ port }) => port === listener.port);
  const nameless = who === 'anonymous' || keyAlone === true;
  const clients = all.filter(
    ({ user, fate, unknown }) =>
      fate !== 'stays' &&
      !unknown &&
      (who === 'certificate' || (key && !keyAlone) || (user === null) === nameless),
  );
  if (clients.length === 0)
    return use.untold === null && !all.some(({ unknown }) => unknown) ? ', nobody seen' : '';
  return `, ${clients.length} seen: ${names(clients)}`;
}
