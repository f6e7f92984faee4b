import type { TestHost } from '../../../support/hosts/host.ts';
import { succeed } from '../../../support/hosts/program.ts';
import { type Knocker, startKnocker } from './knocker.ts';
import { isWildcard, type Side, type Socket } from './sockets.ts';

/** Addresses that configurations are bound to, which the host has beside its own. */
const others = ['10.1.1.1', '10.1.2.3', '10.99.0.1', '192.168.19.50'];

/** How a host's sockets are reached, from this machine and from its own network. */
export interface Network {
  host: TestHost;
  /** Its address of IPv6 on the cable; of the one that it has anyway no web address can be made. */
  v6: string;
  /** This machine's end of the cable. */
  outside: string;
  /** Who knocks from each side. */
  knockers: Record<Side, Knocker>;
  leave(): Promise<void>;
}

/**
 * Gives a host the other addresses, and this machine a way to them. Several hosts have the same ones: the way
 * depends on the address that one comes from, which is of one cable only.
 */
export async function joinNetwork(host: TestHost): Promise<Network> {
  const net = host.address.replace(/\.2$/, '');
  const outside = `${net}.1`;
  const number = net.split('.')[2] ?? '';
  const table = `7${number.padStart(3, '0')}`;
  const routing = (script: string) =>
    succeed(['sh', '-euc', script, 'routing', table, outside, host.address, ...others]);
  await routing(withoutRule);
  await routing(withRule);
  await host.succeed(['sh', '-euc', addresses, 'addresses', ...others]);
  const ours = ['ip', 'address', 'replace', `fd77::${number}:1/112`];
  await succeed([...ours, 'dev', `lockstep${number}`, 'nodad']);
  const v6 = `fd77::${number}:2`;
  await host.succeed(['ip', 'address', 'add', `${v6}/112`, 'dev', 'eth0', 'nodad']);
  const knockers = {
    network: startKnocker([]),
    here: startKnocker(['nsenter', `--target=${host.leader()}`, '--net']),
  };
  return {
    ...{ host, v6, outside, knockers },
    async leave() {
      for (const one of Object.values(knockers)) one.close();
      await routing(withoutRule);
    },
  };
}

const withoutRule = 'ip rule delete from "$2" lookup "$1" 2> /dev/null || :';
const withRule = `
table=$1 outside=$2 host=$3
shift 3
ip rule add from "$outside" lookup "$table"
for address in "$@"; do ip route replace "$address" via "$host" table "$table"; done
`;
const addresses = `
for address in "$@"; do ip address add "$address/32" dev lo; done
echo 10.99.0.1 xiaoqiang >>/etc/hosts
`;
/** Under which address somebody on that side reaches a socket, and where one has to come from. */
export function wayTo(
  socket: Socket,
  side: Side,
  network: Network,
): { host: string; from?: string } {
  const { address } = socket;
  if (side === 'here') {
    if (!isWildcard(address)) return { host: address };
    if (socket.device && socket.device !== 'lo') return { host: network.host.address };
    return { host: address === '::' ? '::1' : '127.0.0.1' };
  }
  if (address === '::') return { host: network.v6 };
  if (isWildcard(address) || address === network.host.address)
    return { host: network.host.address };
  return { host: address, from: network.outside };
}
