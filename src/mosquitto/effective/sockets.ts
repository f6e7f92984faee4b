import { isIP } from 'node:net';
import { type Behaviour, isAtLeast } from '../config/model/behaviour.ts';
import {
  type Binding,
  bindingOf,
  canBeInterface,
  isUsualInterface,
  noSuchName,
} from '../config/model/bind-address.ts';
import { type ConfiguredListener, textOf } from '../config/model/memory.ts';

/** One listening socket. */
export interface Socket {
  /** 0 for a unix socket, and for the one case where the system chooses the port. */
  port: number;
  /**
   * As the kernel shows it; `::(dual)` is an IPv6 socket that takes IPv4 too. A host name or an
   * interface stays as written: what it stands for is known only on the broker's machine.
   */
  address: string;
}

/**
 * The sockets that a listener opens, in the broker's order, or its complaint. None: it is there in
 * the configuration, but nobody can ever connect to it (libwebsockets with a host name).
 */
export function socketsOf(
  listener: ConfiguredListener,
  behaviour: Behaviour,
): { sockets: Socket[] } | { error: string } {
  if (protocolOf(listener) === 'http_api') {
    return { sockets: [{ port: listener.port, address: '::(dual)' }] };
  }
  if (protocolOf(listener) === 'websockets' && !behaviour.ownWebsockets) {
    return libwebsockets(listener, behaviour);
  }
  return mosquittoSockets(listener, behaviour);
}

/** `mqtt` unless another is configured. */
export function protocolOf({ settings }: ConfiguredListener): string {
  return textOf(settings, 'protocol') ?? 'mqtt';
}

/** The address families of a listener: both, unless `socket_domain` names one. */
function familiesOf({ settings }: ConfiguredListener): (4 | 6)[] {
  const domain = textOf(settings, 'socket_domain');
  return domain === 'ipv4' ? [4] : domain === 'ipv6' ? [6] : [4, 6];
}

const everywhere = { 4: '0.0.0.0', 6: '::' };
const thisMachine = { 4: '127.0.0.1', 6: '::1' };

function mosquittoSockets(listener: ConfiguredListener, { version }: Behaviour) {
  const { port, host, path, settings } = listener;
  if (path !== undefined) {
    // The size of sun_path on Linux, less the closing NUL.
    return Buffer.byteLength(path) > 107
      ? { error: `Error: Path to unix socket is too long "${path}".` }
      : { sockets: [{ port: 0, address: path }] };
  }
  const families = familiesOf(listener);
  const device = textOf(settings, 'bind_interface');
  const binding = host === undefined ? null : bindingOf(host);
  switch (binding?.kind) {
    case 'nothing':
      return { error: `Error creating listener: ${noSuchName}.` };
    case 'unfit':
      return { error: 'Error: Invalid argument' };
    case 'address':
      if (families.includes(binding.family)) break;
      return { error: 'Error creating listener: Address family for hostname not supported.' };
  }
  if (device !== undefined && !canBeInterface(device)) {
    const family = binding?.kind === 'address' ? binding.family : (families[0] ?? 4);
    return { error: noInterface(device, family, version) };
  }
  const addresses = addressesOf(binding, device, families);
  if (binding !== null && isElsewhere(addresses, device)) {
    const words = `Interface address for ${device} does not match specified listener address (${host}).`;
    return { error: `${isAtLeast(version, '2.0.16') ? 'Error' : 'Warning'}: ${words}` };
  }
  return { sockets: addresses.map((address) => ({ port, address })) };
}

function addressesOf(
  binding: Binding | null,
  device: string | undefined,
  families: (4 | 6)[],
): string[] {
  if (binding !== null && 'address' in binding) return [binding.address];
  const onLoopback = binding === null ? device === 'lo' : binding.kind === 'loopback';
  if (binding === null && device !== undefined && !onLoopback) return [device];
  return families.map((family) => (onLoopback ? thisMachine : everywhere)[family]);
}

/** Whether it is known that the interface has not these addresses; none has those that stand for all. */
function isElsewhere(addresses: string[], device: string | undefined): boolean {
  const has = (all: Record<4 | 6, string>) => (address: string) =>
    Object.values(all).includes(address);
  if (device === 'lo') return !addresses.every(has(thisMachine));
  return device !== undefined && addresses.some(has(everywhere));
}

/** Before 2.0.16 a broker warned of each family in turn, and ended without saying more. */
function noInterface(device: string, family: 4 | 6, version: string): string {
  return isAtLeast(version, '2.0.16')
    ? `Error: Interface ${device} does not exist.`
    : `Warning: Interface ${device} does not support IPv${family} configuration.`;
}

/**
 * libwebsockets takes the bind address for the name or address of an interface. The older one
 * opens a single IPv6 socket unless told `socket_domain ipv4`, and finds no IPv4 address then;
 * both know no `socket_domain ipv6`. With a host name it never listens; what is called like an interface is
 * taken for one, for the listener may be open. A key without a certificate is too little even for them.
 */
function libwebsockets(
  listener: ConfiguredListener,
  { dualWebsockets }: Behaviour,
): { sockets: Socket[] } | { error: string } {
  const { host, path, settings } = listener;
  if (settings.has('keyfile') && !settings.has('certfile')) {
    return { error: websocketsFailed(listener) };
  }
  const onlyIpv4 = textOf(settings, 'socket_domain') === 'ipv4';
  const port = path === undefined ? listener.port : 0;
  const dual = dualWebsockets && !onlyIpv4;
  const at = (addresses: string[]) => ({
    sockets: addresses.map((address) => ({ port, address })),
  });
  if (host === undefined || path !== undefined) {
    return at(dual ? ['::(dual)'] : onlyIpv4 ? ['0.0.0.0'] : ['0.0.0.0', '::']);
  }
  if (host === 'lo') return at(dualWebsockets || onlyIpv4 ? ['127.0.0.1'] : ['127.0.0.1', '::1']);
  if (isUsualInterface(host)) return at([host]);
  // The later one leaves the tab at the end of a host alone, the older one finds no such interface.
  const binding = bindingOf(dualWebsockets ? host : host.replace(/\t+$/, ''));
  if (binding.kind !== 'address' || isIP(host.trim()) === 0) return at([]);
  const { address, family } = binding;
  return at([dual && (family === 4 || address === '::') ? '::(dual)' : address]);
}

/** What the broker says when libwebsockets fails, whatever the reason. */
export function websocketsFailed({ port }: ConfiguredListener): string {
  return `Error: Unable to create websockets listener on port ${port}.`;
}

/** Whether two sockets cannot be open at once. */
export function collide(one: Socket, other: Socket): boolean {
  if (one.port !== other.port || one.port === 0) return false;
  if (one.address === other.address) return true;
  return covers(one.address, other.address) || covers(other.address, one.address);
}

/** Whether a socket for all addresses takes this one too. What a name stands for may be either. */
function covers(all: string, address: string): boolean {
  const family = address === '::(dual)' ? 6 : isIP(address);
  if (all === '::(dual)') return true;
  if (all === '0.0.0.0') return family !== 6 || address === '::(dual)';
  return all === '::' && family !== 4;
}

/** Whether it can be reached from this machine only. */
export function isLocalOnly(address: string): boolean {
  return address === '::1' || /^127(\.\d+){3}$/.test(address) || address.startsWith('/');
}

/** The same of the host of a `listener` line, in whatever spelling: of what a name stands for it is not known. */
export function isLocalHost(host: string): boolean {
  const binding = bindingOf(host);
  return (
    binding.kind === 'loopback' || (binding.kind === 'address' && isLocalOnly(binding.address))
  );
}
