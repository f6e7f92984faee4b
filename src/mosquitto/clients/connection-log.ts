import { clean } from '../../text/clean.ts';
import { type LogTimes, lineTime } from './log-time.ts';

/** One client as the broker's log tells of it. Everything in it was the client's choice: it informs. */
export interface Sighting {
  /** Cleaned; null where the broker had to make one up, as for `mosquitto_pub` without `-i`. */
  clientId: string | null;
  address: string;
  /** The user name it gave, cleaned; null when it gave none. */
  user: string | null;
  /** The listener's port; null where the line that tells it is not in the log. */
  port: number | null;
  /** The log tells ports, and not this one's: it came by websockets, of which 2.0 does not tell. */
  untold?: true;
  /** When the log speaks of it last; null where its lines carry no time that can be read. */
  lastSeen: Date | null;
}

/** What a log tells about who came. */
export interface ConnectionLog {
  /** Newest last; one for each client id and port, or address where there is no id. */
  sightings: Sighting[];
  /** The address and port of the far end (`10.0.0.7:51234`) of each of them, newest connection. */
  endpoints: Map<string, Sighting>;
  /** Far ends that have connected and were not let in since, as a knock that is not over. */
  knocking: Set<string>;
  /** More came than are told of here, earlier than these. */
  more: boolean;
  /** The oldest time in the log: earlier it knows nothing. */
  since: Date | null;
}

/** So many clients are kept, the last ones to be seen: ids are free for anybody to invent. */
const most = 1000;
/** In terminal cells; what is longer is cut. */
export const shownWidth = 64;

// As 2.0.11, 2.0.21 and 2.1.2 were seen to write them; log.c cuts a line at 1000 bytes, so that the
// end of the second may be missing.
// Whatever stands before it; but not in a line that a client has a say in.
const beginning = /^(?!.*(New|Client) ).*\bmosquitto version \S+ (starting|running)$/;
const arrival = /^New connection from (\S+) on port (\d+)\.$/;
const login = /^New client connected from (\S+) as (.*)$/;
const details = /^(.*) \(p\d, c[01], k\d+(?:, u'(.*)')?\)\.$/;
const farewells = [
  /^Client (.+) \[\S+\] disconnected(?:: [^:]*)?\.$/, // 2.1
  /^Client (.+) disconnected(?:\.|, [^,]*\.| due to [^.]*\.)$/,
  /^Client (.+) closed its connection\.$/,
  /^Client (.+) has exceeded timeout, disconnecting\.$/,
];

/**
 * Reads the lines about connections out of a broker's log, oldest first. The port comes from the
 * line before (`New connection from A:P on port 1883.`), by the far end's address and port.
 * `autoPrefix` is what an id that the broker makes up begins with (`auto_id_prefix`).
 */
export function readConnectionLog(
  lines: readonly string[],
  times: LogTimes,
  autoPrefix = 'auto-',
): ConnectionLog {
  const seen = new Map<string, Sighting>();
  const byId = new Map<string, Sighting>();
  const ports = new Map<string, number>();
  const endpoints = new Map<string, Sighting>();
  let since: Date | null = null;
  let tellsPorts = false;
  let more = false;

  for (const line of lines) {
    const { at, text } = lineTime(line, times);
    since ??= at;
    // From its start on, or from a line that tells a port, it tells all of them.
    tellsPorts ||= beginning.test(text);
    const came = arrival.exec(text);
    if (came?.[1]) {
      tellsPorts = true;
      remember(ports, came[1], Number(came[2]));
      // Whoever had this port of that machine before is gone.
      endpoints.delete(endpointKey(came[1]));
      continue;
    }
    const entered = login.exec(text);
    if (entered?.[1]) {
      const [, endpoint, rest = ''] = entered;
      const [, id = rest, user = null] = details.exec(rest) ?? [];
      const made = madeUp(id, autoPrefix);
      const sighting: Sighting = {
        clientId: made ? null : clean(id, shownWidth),
        address: addressOf(endpoint),
        user: user === null ? null : clean(user, shownWidth),
        port: ports.get(endpoint) ?? null,
        ...(tellsPorts && !ports.has(endpoint) ? { untold: true } : {}),
        lastSeen: at,
      };
      ports.delete(endpoint);
      more = remember(seen, keyOf(sighting), sighting) || more;
      remember(byId, id, sighting);
      remember(endpoints, endpointKey(endpoint), sighting);
      continue;
    }
    const left = farewells.map((one) => one.exec(text)?.[1]).find((id) => id !== undefined);
    const known = left === undefined ? undefined : byId.get(left);
    if (known && at) known.lastSeen = at;
  }
  const knocking = new Set([...ports.keys()].map(endpointKey));
  return { sightings: [...seen.values()], endpoints, knocking, more, since };
}

/** The client that two sightings are of: one id, at one port. */
export const keyOf = ({
  clientId,
  address,
  user,
  port,
}: Omit<Sighting, 'lastSeen' | 'untold'>): string =>
  JSON.stringify(clientId === null ? [null, address, user, port] : [clientId, port]);

/** `10.0.0.7:51234`, `::1:51234`, or as ss(8) has it `[::ffff:10.0.0.7]:51234`, made the same. */
export function endpointKey(endpoint: string): string {
  const colon = endpoint.lastIndexOf(':');
  return `${addressOf(endpoint)} ${endpoint.slice(colon + 1)}`;
}

export function addressOf(endpoint: string): string {
  const address = endpoint.slice(0, endpoint.lastIndexOf(':')).replace(/^\[|\](?=%|$)/g, '');
  return clean(address.replace(/^::ffff:(?=\d+\.)/i, ''), 60);
}

/**
 * `auto-7E7183F7-F831-9E80-90DC-68B2E6C60642`: for an empty client id the broker draws one. With a
 * global configuration 2.1.2 was seen to leave the prefix out.
 */
const madeUp = (id: string, prefix: string): boolean =>
  /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/.test(
    id.startsWith(prefix) ? id.slice(prefix.length) : id,
  );

/** As the newest; the oldest goes when there are too many. Tells whether one has gone. */
function remember<K, V>(map: Map<K, V>, key: K, value: V): boolean {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return false;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    break;
  }
  return true;
}
