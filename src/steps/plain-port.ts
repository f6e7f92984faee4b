import { type Client, type ClientsSeen, clientsSeen } from '../mosquitto/clients.ts';
import type { Listener } from '../mosquitto/effective.ts';
import { logSource } from '../mosquitto/log-source.ts';
import type { Configuration } from '../mosquitto/read.ts';
import { isLocalOnly } from '../mosquitto/sockets.ts';
import { Trouble } from '../trouble.ts';
import type { Answers } from './answers.ts';
import { hasMoved } from './plain-ledger.ts';
import type { Setup } from './setup.ts';

/** A client that comes, or came, by the plain port. */
export type PlainClient = Pick<
  Client,
  'clientId' | 'address' | 'user' | 'lastSeen' | 'connected' | 'endpoint'
> & {
  /** What becomes of it with the answers as they are. */
  fate: Fate;
};

export type Fate = 'refused' | 'nothing-there' | 'stays';

/** Who uses the plain port, as far as can be told. */
export interface PlainUse {
  /** Newest first; neither Lockstep's own nor those that have moved to the TLS port since. */
  clients: PlainClient[];
  /** Earlier nothing is known; null where that cannot be told. */
  since: Date | null;
  /** Why the broker's log does not tell who connects, in words. */
  untold: string | null;
  /** When it was looked at. */
  at: Date;
}

/** What the log and the sockets tell, and who was seen at the TLS port: when, by client id. */
export interface PlainLook extends PlainUse {
  tlsClients: Map<string, Date>;
}

/**
 * Who comes by the plain port now or did lately, newest first; null where nobody can. One round trip.
 * That it could not be looked at stops nothing: it is said.
 */
export async function lookAtPlainPort(
  setup: Setup,
  present: Configuration,
  before: Listener[],
  after: Listener[],
): Promise<PlainLook | null> {
  const { broker, answers, now } = setup;
  const { plain, tls } = answers.ports;
  const open = before.some(
    (one) => one.port === plain && !one.tls && (one.anonymous === 'accepted' || hasPasswords(one)),
  );
  if (!open) return null;
  const source = logSource(present, broker.service.kind === 'systemd');
  const seen = await clientsSeen(broker.host, source, [plain, tls], broker.service.unit, now).catch(
    notSeen,
  );
  const tlsClients = new Map<string, Date>();
  for (const { clientId, port, lastSeen } of seen.clients)
    if (port === tls && clientId && lastSeen) tlsClients.set(clientId, lastSeen);
  const clients = seen.clients
    .filter((one) => one.port === plain || (one.port === null && !holdsCertificate(one, answers)))
    .filter((one) => !isOwn(one) && !hasMoved(one, tlsClients))
    .map(({ clientId, address, user, lastSeen, connected, endpoint }) => ({
      ...{ clientId, address, user, lastSeen, connected, endpoint },
      fate: fateOf({ address, user }, answers, after),
    }));
  return { clients, since: seen.since, untold: seen.untold, at: now(), tlsClients };
}

/** What becomes of a client at the plain port once the answers are put into force. */
export function fateOf(
  { address, user }: Pick<Client, 'address' | 'user'>,
  { plainListener, ports }: Answers,
  after: Listener[],
): Fate {
  if (plainListener === 'open') return 'stays';
  if (plainListener === 'remove') return 'nothing-there';
  if (plainListener === 'loopback') return isLocalOnly(address) ? 'stays' : 'nothing-there';
  const door = after.find((one) => one.port === ports.plain);
  return user !== null && door && hasPasswords(door) ? 'stays' : 'refused';
}

const hasPasswords = ({ settings }: Listener): boolean => settings.passwordFile !== undefined;

/** The ids that Lockstep's own connections have (src/mqtt/connection.ts). */
const isOwn = ({ clientId }: Client): boolean => /^lockstep[0-9a-f]{14}$/.test(clientId ?? '');

/** With a port that the log does not tell: one of the set-up's own, by its certificate's name. */
const holdsCertificate = ({ user }: Client, { clients }: Answers): boolean =>
  clients.some(({ name }) => name === user);

function notSeen(error: unknown): ClientsSeen {
  if (!(error instanceof Trouble)) throw error;
  return { clients: [], since: null, untold: 'it could not be read' };
}
