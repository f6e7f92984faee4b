import { ago } from '../../text/ago.ts';
import type { PlainClient, PlainUse } from '../contract/plain-clients.ts';
import type { Plan } from '../contract/plan.ts';
import type { Setup } from '../contract/setup.ts';
import { plainPort } from './find.ts';

type Note = Plan['notes'][number];

/** So many of those who may go on are named; the rest is counted. */
const named = 8;

/** How a client is called: by its id, and where it has none, by its user and where it comes from. */
export const clientName = ({
  clientId,
  address,
  user,
}: Pick<PlainClient, 'clientId' | 'address' | 'user'>): string =>
  clientId ?? `${user === null ? 'somebody' : `user ${user}`} at ${address}`;

/** When a client was there, in words. */
export const seenWords = ({ connected, lastSeen }: PlainClient, at: Date): string =>
  connected ? 'connected now' : lastSeen ? ago(lastSeen.toISOString(), at) : 'time not known';

/** `, by this port or 9002`: where the log does not tell by which of them it came. */
const orWords = ({ orPorts = [] }: PlainClient): string =>
  orPorts.length === 0 ? '' : `, by this port or ${orPorts.join(' or ')}`;

/** One client in one line: `pump7 from 10.0.0.7, user pumps, 2 days ago`. */
export function clientLine(client: PlainClient, at: Date): string {
  const from = client.clientId === null ? '' : ` from ${client.address}`;
  const user = client.user === null || client.clientId === null ? '' : `, user ${client.user}`;
  return `${clientName(client)}${from}${user}, ${seenWords(client, at)}${orWords(client)}`;
}

/** What becomes of them, one line each: all who lose, and of the others those who are not too many. */
export function clientLines(clients: readonly PlainClient[], at: Date): string[] {
  const lines = (some: readonly PlainClient[]) =>
    some.map((one) => `${clientLine(one, at)}: ${fates[one.fate]}.`);
  const [stay, lose] = [true, false].map((stays) =>
    clients.filter(({ fate }) => (fate === 'stays') === stays),
  ) as [PlainClient[], PlainClient[]];
  const more = stay.length - named;
  return [
    ...lines(lose),
    ...lines(stay.slice(0, named)),
    ...(more > 0 ? [`And ${more} more who may go on as now.`] : []),
  ];
}

/** The first few names, for one line of text. */
export function names(clients: readonly PlainClient[], most = 3): string {
  const first = clients.slice(0, most).map(clientName).join(', ');
  return clients.length > most ? `${first} and ${clients.length - most} more` : first;
}

export const fates: Record<PlainClient['fate'], string> = {
  refused: 'will be refused',
  'nothing-there': 'will find nothing there',
  stays: 'may go on as now',
  perhaps: 'may be refused: the log does not tell what lets it in',
};

/** What somebody should know before the plain port changes: who uses it, and what becomes of them. */
export function plainUseNotes(setup: Setup, use: PlainUse | null): Note[] {
  if (use === null) return [];
  const plain = plainPort(setup);
  const others = Map.groupBy(use.others ?? [], ({ port }) => port);
  return [
    ...(plain === null ? [] : usersOf(plain, use.clients, use)),
    ...[...others].flatMap(([port, clients]) => usersOf(port, clients, use)),
    ...untoldWords(use).map((text) => ({ text, warning: true })),
    ...(use.more
      ? [{ text: 'More came than are named here, earlier than these.', warning: true }]
      : []),
  ];
}

/** Who uses a port, one line each, and what becomes of them. */
function usersOf(port: number, clients: readonly PlainClient[], use: PlainUse): Note[] {
  const gone = clients.some((one) => one.fate !== 'stays');
  const where = port === 0 ? 'a unix socket' : `port ${port}`;
  const count = clients.length === 1 ? 'One client uses' : `${clients.length} clients use`;
  const head: Note =
    clients.length === 0
      ? { text: `Nobody else was seen at ${where}${sinceWords(use)}.`, warning: false }
      : { text: `${count} ${where} now, or did${sinceWords(use)}:`, warning: gone };
  return [head, ...clientLines(clients, use.at).map((text) => ({ text, warning: gone }))];
}

/** How far back is known, to be put behind something else. */
export const sinceWords = ({ since }: PlainUse): string =>
  since ? ` since ${minute(since)}; earlier than that is not known` : '';

export const untoldWords = ({ untold }: PlainUse): string[] =>
  untold === null
    ? []
    : [`The broker's log does not tell who came before: ${untold}. Ask those who run the devices.`];

/** `2026-11-27 05:12 UTC` */
const minute = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
