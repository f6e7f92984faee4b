import type { TestHost } from '../../hosts/host.ts';
import type { Door } from './answers.ts';
import { goodFiles } from './named-files.ts';

// Looks at a broker from its own machine with other programs only: ss, mosquitto_pub, mosquitto_sub.

/** How a broker serves. */
export interface Serving {
  /** `0.0.0.0:1883`, `[::1]:1883`, `*:1883` (both families), or a path; sorted. */
  sockets: string[];
  /** For each door what became of a client without a name; the status of mosquitto_pub otherwise. */
  anonymous: Record<string, Answer>;
  /** Whether the message left by `leaveMessage` is there; null where no door lets one look. */
  kept: boolean | null;
}

type Answer = 'accepted' | 'refused' | number | null;

export async function serving(host: TestHost, doors: Door[]): Promise<Serving> {
  const sockets = await host.succeed(['sh', '-c', listening]);
  const anonymous: Serving['anonymous'] = {};
  const open: string[][] = [];
  // One after the other: a broker may take one client at a time.
  for (const { door, options } of waysIn(doors)) {
    const publish = [
      'timeout',
      '5',
      'mosquitto_pub',
      ...kind,
      '-t',
      'test/observer',
      '-n',
      ...options,
    ];
    const { code } = await host.exec(publish);
    anonymous[door] = code === 0 ? 'accepted' : code === 4 || code === 5 ? 'refused' : code;
    if (code === 0) open.push(options);
  }
  const kept = open[0] ? await isThere(host, open[0]) : null;
  return { sockets: sockets.split('\n').filter(Boolean).map(unlessChosen).sort(), anonymous, kept };
}

/** Some brokers take no client that would be silent for a minute, which is what it asks for unless told. */
const kind = ['-k', '30'];

/** A port that the system chose is another one each time. */
const unlessChosen = (socket: string): string =>
  socket.replace(/:(\d{5})$/, (whole, port) => (Number(port) >= 32768 ? ':chosen' : whole));

const listening = `
ss -H -l -t -n -p | awk '/"mosquitto"/ { print $4 }'
ss -H -l -x -n -p | awk '/"mosquitto"/ { print $5 }'
`;

const message = ['-t', 'kept/message'];

/** Leaves a message that a broker with persistence has after a restart, too. */
export async function leaveMessage(host: TestHost, doors: Door[]): Promise<void> {
  for (const { options } of waysIn(doors)) {
    const publish = ['timeout', '5', 'mosquitto_pub', ...kind, '-r', '-q', '1', '-m', 'kept'];
    if ((await host.exec([...publish, ...message, ...options])).code === 0) return;
  }
}

async function isThere(host: TestHost, options: string[]): Promise<boolean> {
  const subscribe = ['mosquitto_sub', ...kind, '-C', '1', '-W', '1', ...message, ...options];
  return (await host.exec(subscribe)).stdout === 'kept\n';
}

/**
 * The doors that mosquitto_pub of every version can knock at, and with which options. It insists on
 * TLS on port 8883 (mosquitto_pub(1)), so that it cannot tell what a plain one there says.
 */
export function waysIn(doors: Door[]): { door: string; options: string[] }[] {
  return doors
    .filter(({ protocol, psk, tls, port }) => protocol === 'mqtt' && !psk && (tls || port !== 8883))
    .flatMap(({ port, addresses, tls }) =>
      addresses.map((address) => ({
        door: port === 0 ? address : `${address}:${port}`,
        options: [
          ...(port === 0 ? ['--unix', address] : ['-h', here(address), '-p', String(port)]),
          ...(tls ? shown : []),
        ],
      })),
    );
}

const shown = [
  ...['--cafile', `${goodFiles}/authority.crt`, '--insecure'],
  ...['--cert', `${goodFiles}/somebody.crt`, '--key', `${goodFiles}/somebody.key`],
];

const here = (address: string): string =>
  ({ '0.0.0.0': '127.0.0.1', '::(dual)': '127.0.0.1', '::': '::1' })[address] ?? address;

/** What the corpus says of the sockets and of clients without a name, in the same words. */
export function told(doors: Door[]): Pick<Serving, 'sockets' | 'anonymous'> {
  const sockets = doors.flatMap(({ port, addresses }) =>
    addresses.map((address) =>
      port === 0
        ? address
        : address === '::(dual)'
          ? `*:${port}`
          : `${address.includes(':') ? `[${address}]` : address}:${port}`,
    ),
  );
  const answers = doors.flatMap((one) => waysIn([one]).map(({ door }) => [door, one.anonymous]));
  return { sockets: sockets.map(unlessChosen).sort(), anonymous: Object.fromEntries(answers) };
}
