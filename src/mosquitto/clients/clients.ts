import type { Host } from '../../host/api/host.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import {
  addressOf,
  endpointKey,
  keyOf,
  readConnectionLog,
  type Sighting,
} from './connection-log.ts';
import type { LogSource } from './log-source.ts';
import { zoneMinutes } from './log-time.ts';

/** A client that uses the broker now or did lately. What it calls itself was its own choice. */
export interface Client extends Sighting {
  /** The kernel has a connection of it now. */
  connected: boolean;
  /** The far end of its newest connection (`endpointKey`), where that is known. */
  endpoint: string | null;
  /** Of a connection of which the log tells nothing: whether it gave a name is not known. */
  unknown?: true;
}

export interface ClientsSeen {
  /** Newest first. */
  clients: Client[];
  /** More came than are told of here, earlier than these. */
  more: boolean;
  /** How far back the log reaches; null when that cannot be told. */
  since: Date | null;
  /** Why the log does not tell who connects, in words; then only `connected` ones are known. */
  untold: string | null;
}

/** More than the script gives. */
const outputLimit = 4 * 1024 * 1024;

/**
 * Who uses a broker and who did, in one round trip: what its log tells (rotated files too, as far
 * back as they reach) and who the kernel has connected now. Root reads the log, and knows whose the
 * sockets are. Rejects with a HostError only. `ports` are the broker's, for its sockets; `unit` is its
 * service, for the journal.
 */
export async function clientsSeen(
  host: Host,
  source: LogSource,
  ports: readonly number[],
  unit: string | null,
  now: () => Date,
): Promise<ClientsSeen> {
  const words = [
    source.untold === null ? (source.file ?? '') : '',
    source.journal ? (unit ?? '') : '',
  ];
  const { stdout } = await host.run(scriptCommand('mosquitto/clients', ...words), {
    root: true,
    doing: 'Reading who uses the broker',
    limit: outputLimit,
  });
  const [clock = '', zone = '', state = '', ...rest] = stdout.split('\n');
  const present = now();
  const sockets = rest.filter((line) => line.startsWith('socket\t'));
  const log = readConnectionLog(
    source.untold === null ? rest.slice(sockets.length) : [],
    {
      zoneMinutes: zoneMinutes(zone),
      aheadSeconds: ahead(present, clock),
    },
    source.autoPrefix,
  );
  const found = new Map<string, Client>(
    log.sightings.map((one) => [keyOf(one), { ...one, connected: false, endpoint: null }]),
  );
  for (const line of sockets) {
    const [, local = '', remote = ''] = line.split('\t');
    const port = Number(local.slice(local.lastIndexOf(':') + 1));
    if (!ports.includes(port)) continue;
    const endpoint = endpointKey(remote);
    // Ours, too: the broker may see the end of a knock later than we do.
    if (log.knocking.has(endpoint)) continue;
    const known = log.endpoints.get(endpoint);
    const nobody = {
      ...{ clientId: null, address: addressOf(remote), user: null },
      unknown: true as const,
    };
    const client = { ...(known ?? nobody), port, lastSeen: present, connected: true, endpoint };
    if (known) found.delete(keyOf(known));
    found.set(keyOf(client), client);
  }
  return {
    clients: [...found.values()].sort((a, b) => time(b) - time(a)),
    more: log.more,
    since: log.since,
    untold: source.untold ?? untoldBy[state] ?? null,
  };
}

/** Why a log does not tell who comes, by what has become of its file. */
const untoldBy: Readonly<Record<string, string>> = {
  missing: 'there is no log file',
  left: 'the broker that runs does not write to its log file, which was perhaps moved after the start',
};

/** Less than the round trip and a second's rounding can make is no difference. */
function ahead(present: Date, clock: string): number {
  const seconds = Math.round(present.getTime() / 1000 - Number(clock));
  return /^\d+$/.test(clock) && Math.abs(seconds) > 5 ? seconds : 0;
}

const time = ({ lastSeen }: Sighting): number => lastSeen?.getTime() ?? 0;
