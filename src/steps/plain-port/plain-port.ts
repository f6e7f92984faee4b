import { isIP } from 'node:net';
import { Trouble } from '../../errors/trouble.ts';
import { type Client, type ClientsSeen, clientsSeen } from '../../mosquitto/clients/clients.ts';
import { logSource } from '../../mosquitto/clients/log-source.ts';
import { behaviourOf } from '../../mosquitto/config/model/behaviour.ts';
import type { Configuration } from '../../mosquitto/config/model/configuration.ts';
import { type Cell, isEverywhere, isLoss } from '../../mosquitto/effective/access-table.ts';
import { portOf } from '../../mosquitto/effective/port-of.ts';
import { isLocalOnly, protocolOf } from '../../mosquitto/effective/sockets.ts';
import { isOwnClientId } from '../../mqtt/client-id.ts';
import type { Answers } from '../answers/answers.ts';
import type { Fate, PlainClient, PlainLook } from '../contract/plain-clients.ts';
import type { Setup } from '../contract/setup.ts';
import { plainPort } from './find.ts';
import { hasMoved } from './ledger.ts';

/**
 * Who comes now or did lately, newest first, by the plain port and by others that shut somebody out; null
 * where nobody can. One round trip. That it could not be looked at stops nothing: it is said.
 */
export async function lookAtPlainPort(
  setup: Setup,
  present: Configuration,
  cells: readonly Cell[],
): Promise<PlainLook | null> {
  const { broker, answers, now } = setup;
  const [plain, { tls }] = [plainPort(setup), answers.ports];
  const lets = cells.filter(({ before }) => before === 'accepted');
  const losing = new Set(cells.filter(isLoss).map(({ listener }) => listener.port));
  // Who is to go on with another authority's certificate has something to do, too.
  if (answers.otherTls === 'keep' && lets.some(({ listener }) => listener.port === tls))
    losing.add(tls);
  losing.delete(plain ?? 0);
  if (losing.size === 0 && !lets.some(({ listener }) => listener.port === plain)) return null;
  const source = logSource(present, {
    systemd: broker.service.kind === 'systemd',
    cwd: broker.layout.cwd,
  });
  const ports = [...new Set([...(plain === null ? [] : [plain]), tls, ...losing])];
  const seen = await clientsSeen(broker.host, source, ports, broker.service.unit, now).catch(
    notSeen,
  );
  const staysAtTls = (one: Client) => takesOurs(tls, cells) || fateOf(one, tls, cells) === 'stays';
  const tlsClients = new Map<string, Date>();
  for (const one of seen.clients)
    if (one.port === tls && one.clientId && one.lastSeen && staysAtTls(one))
      tlsClients.set(one.clientId, one.lastSeen);
  const unnamed = portsUntold(present);
  const anywhere = [...new Set(lets.map(({ listener }) => listener.port))].filter(
    (port) => port > 0,
  );
  const cameBy = ({ port, untold, user }: Client): number[] => {
    if (port !== null) return [port];
    return untold || holdsCertificate(user, answers) ? unnamed : anywhere;
  };
  const strangers = seen.clients.filter((one) => !isOwn(one));
  const asAt = (one: Client, port: number) => {
    const { clientId, address, user, lastSeen, connected, endpoint, unknown } = one;
    const orPorts = cameBy(one).filter((other) => other !== port);
    return {
      ...{ clientId, address, user, lastSeen, connected, endpoint },
      ...(unknown ? { unknown } : {}),
      ...(orPorts.length > 0 ? { orPorts } : {}),
      fate: fateOf(one, port, cells),
    };
  };
  const clients = eachOnce(
    strangers.flatMap((one) =>
      plain !== null && cameBy(one).includes(plain) && !hasMoved(one, tlsClients)
        ? [asAt(one, plain)]
        : [],
    ),
  );
  const others = eachOnce(
    strangers.flatMap((one) =>
      cameBy(one)
        .filter((port) => losing.has(port))
        .map((port) => ({ ...asAt(one, port), port })),
    ),
  );
  const { since, untold, more } = seen;
  return { clients, others, since, untold, more, at: now(), tlsClients };
}

/** One that was seen in two ways is one: as it was seen last, and at this port for sure if it once was. */
function eachOnce<T extends PlainClient & { port?: number }>(clients: readonly T[]): T[] {
  const all = Map.groupBy(clients, ({ clientId, address, user, port }) =>
    JSON.stringify(clientId === null ? [null, address, user, port] : [clientId, port]),
  );
  return [...all.values()].flatMap(([newest, ...earlier]) => {
    if (!newest) return [];
    const { orPorts, ...sure } = newest;
    return orPorts && earlier.some((one) => !one.orPorts) ? [sure as T] : [newest];
  });
}

/** Ports of which the log tells who came by none of them: 2.0's websockets. */
const portsUntold = ({ memory, version }: Configuration): number[] =>
  behaviourOf(version).ownWebsockets
    ? []
    : memory.listeners.filter((one) => protocolOf(one) === 'websockets').map(portOf);

/**
 * What somebody may be of whom the log says that it gave a name, or none. A name that a plugin does not know is
 * let in where everybody is.
 */
function mayBe(
  { user, unknown }: Pick<Client, 'user' | 'unknown'>,
  there: readonly Cell[],
): readonly Cell[] {
  if (unknown) return there;
  const plugin = there.some(({ who }) => who === 'plugin');
  return there.filter(({ who, key }) =>
    who === 'anonymous' ? user === null || plugin : user !== null || who === 'certificate' || key,
  );
}

/** Whether who comes from an address may have come by that listener: to another family's there is no way. */
function mayReach(address: string, { listener, from }: Cell): boolean {
  const far = listener.address;
  if (from === 'here' && isIP(far) > 0 && !isLocalOnly(far) && !isEverywhere(far)) return false;
  return isIP(far) === 0 || isIP(address) === 0 || isIP(far) === isIP(address);
}

/**
 * What becomes of a client at a port. Of who has a name the log does not tell whether it came by a password, a
 * plugin or a certificate: where not all of these stay, it is one of those who may lose.
 */
export function fateOf(
  client: Pick<Client, 'address' | 'user' | 'unknown'>,
  port: number | null,
  cells: readonly Cell[],
): Fate {
  const from = isLocalOnly(client.address) ? 'here' : 'network';
  const lets = cells.filter(
    (one) =>
      one.listener.port === port &&
      one.from === from &&
      !one.ours &&
      one.before === 'accepted' &&
      mayReach(client.address, one),
  );
  const own = mayBe(client, lets);
  const kinds = [...Map.groupBy(own, kindOf).values()];
  const stay = kinds.filter((cells) => cells.some(({ after }) => after === 'accepted'));
  if (stay.length > 0) return stay.length === kinds.length ? 'stays' : 'perhaps';
  if (client.user !== null && own.some(({ keyAlone }) => keyAlone)) return 'perhaps';
  const there = own.length > 0 ? own : cells.filter((one) => one.listener.port === port);
  return there.some(({ after }) => after === 'refused') ? 'refused' : 'nothing-there';
}

/** Whether nobody gets in at a port today but holders of certificates, ours among them. */
function takesOurs(port: number, cells: readonly Cell[]): boolean {
  const lets = cells.filter((one) => one.listener.port === port && one.before === 'accepted');
  return lets.some(({ ours }) => ours) && lets.every(({ who }) => who === 'certificate');
}

const kindOf = ({ who, anyName, by }: Cell): string =>
  JSON.stringify([who, anyName ?? false, who === 'certificate' ? by : '']);

/** The ids that Lockstep's own connections have (src/mqtt/connection.ts). */
const isOwn = ({ clientId }: Client): boolean => isOwnClientId(clientId ?? '');

/** With a port that the log does not tell: one of the set-up's own, by its certificate's name. */
const holdsCertificate = (user: string | null, { clients }: Answers): boolean =>
  clients.some(({ name }) => name === user);

function notSeen(error: unknown): ClientsSeen {
  if (!(error instanceof Trouble)) throw error;
  return { clients: [], more: false, since: null, untold: 'it could not be read' };
}
