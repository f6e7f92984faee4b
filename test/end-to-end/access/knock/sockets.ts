import type { TestHost } from '../../../support/hosts/host.ts';

/** A socket that the broker listens at, as ss(8) tells it. */
export interface Socket {
  /** An address, `0.0.0.0`, `::`, or `*` (both families); a path. */
  address: string;
  /** 0 for a unix socket. */
  port: number;
  /** The interface that it is bound to. */
  device?: string;
}

/** Where somebody comes from: another machine, or the broker's own. */
export type Side = 'network' | 'here';
export const sides: readonly Side[] = ['network', 'here'];

/** Every socket that mosquitto listens at, in a lasting order. */
export async function socketsOf(host: TestHost): Promise<Socket[]> {
  const lines = (await host.succeed(['sh', '-c', listening])).split('\n').filter(Boolean);
  return lines.sort().map(socketIn);
}

const listening = `
ss -H -l -t -n -p | awk '/"mosquitto"/ { print $4 }'
ss -H -l -x -n -p | awk '/"mosquitto"/ { print $5 }'
`;

/** The path of a unix socket as this machine sees it. */
export async function seenFromHere(host: TestHost, { address }: Socket): Promise<string> {
  // Without links, which would lead into this machine's own folders.
  const path = await host.succeed(['readlink', '-f', '--', `/${address}`]);
  return `/proc/${host.leader()}/root${path.trimEnd()}`;
}

function socketIn(line: string): Socket {
  const [, address = line, inner, outer, port = '0'] =
    /^\[?([^[\]%]+?)(?:%(\w+))?\]?(?:%(\w+))?:(\d+)$/.exec(line) ?? [];
  const device = inner ?? outer;
  return { address, port: Number(port), ...(device ? { device } : {}) };
}

/** From here on ports are given by the system (ip_local_port_range(7)). */
export const chosenByTheSystem = 32768;

/** What a socket is called from one run of the broker to the next: some ports the system chooses. */
export function nameOf({ address, port }: Socket): string {
  return port === 0 ? address : String(port >= chosenByTheSystem ? 'a chosen port' : port);
}

/** The same with its address, as in `[::1]:1883`. */
export function placeOf(socket: Socket): string {
  const { address, port, device } = socket;
  if (port === 0) return address;
  const bound = `${address.includes(':') ? `[${address}]` : address}${device ? `%${device}` : ''}`;
  return `${bound}:${port >= chosenByTheSystem ? 'chosen' : port}`;
}

export const isWildcard = (address: string): boolean =>
  ['0.0.0.0', '::', '::(dual)', '*'].includes(address);

/** Whether a socket that is bound to one address takes what is meant for another, or for one of its kind. */
export const answersFor = (bound: string, asked: string): boolean =>
  bound === asked ||
  ((isWildcard(bound) || isWildcard(asked)) &&
    familyOf(bound).some((one) => familyOf(asked).includes(one)));

const familyOf = (address: string): (4 | 6)[] =>
  address === '*' || address === '::(dual)' ? [4, 6] : [address.includes(':') ? 6 : 4];

/** Whether only the machine itself reaches it. */
export const isLoopback = ({ address, device, port }: Socket): boolean =>
  port === 0 || device === 'lo' || address === '::1' || address.startsWith('127.');

/** Whether it is reached from there at all. */
export const isReached = (socket: Socket, side: Side): boolean =>
  side === 'here' || !isLoopback(socket);
