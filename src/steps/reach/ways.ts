import { isIP } from 'node:net';
import { HostError } from '../../errors/host-error.ts';
import type { Host } from '../../host/api/host.ts';
import { rootSocket } from '../../host/programs/root-socket.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { isEverywhere } from '../../mosquitto/effective/access-table.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import { isLocalHost, isLocalOnly } from '../../mosquitto/effective/sockets.ts';
import type { Cause } from '../../mqtt/cause.ts';
import type { Observation } from '../../mqtt/probe.ts';
import { peerName, type Target } from '../../mqtt/target.ts';
import { clean } from '../../text/clean.ts';
import type { Setup } from '../contract/setup.ts';
import { sameMachine } from './same-machine.ts';

/** Where a listener can be knocked at: one port at one address, as the broker binds it. */
export interface ListenerAddress {
  port: number;
  /** As in `Listener.addresses`; null where the configuration has no such listener: anywhere. */
  address: string | null;
  protocol: Listener['protocol'];
  /** A unix socket at which websockets are spoken. */
  websockets?: true;
}

/** From where something was seen. */
export interface Viewpoint {
  /** For people: `here`, `the broker's own machine`, `radxa@pump-3`. */
  from: string;
  /** It is the machine the broker runs on: what its network lets through is not seen from there. */
  own: boolean;
}

/** A way to an address. */
export interface Way extends Viewpoint {
  /** The same target, reached this way; a certificate is still to be for the same name. */
  lead(target: Target): Target;
  /** The machine that it leads through; left out where it leads through none. */
  machine?: Host;
}

export const here = 'here';
export const ownMachine = "the broker's own machine";

/**
 * The ways to an address, in the order in which they should be tried: from here where that leads to the broker's
 * machine and no other, through the SSH connection, through the machines of clients. None where an address
 * cannot be reached at all.
 */
export async function waysTo(setup: Setup, at: ListenerAddress): Promise<Way[]> {
  const { host } = setup.broker;
  const { address, port } = at;
  if (at.protocol === 'unix' && address !== null) return waysToSocket(host, address);
  const bound = await boundAddresses(setup, address);
  if (host.kind !== 'ssh') return insideOf(bound).map((one) => direct(one, true));
  const outside = bound.flatMap((one) =>
    isEverywhere(one) ? (fits(setup.broker.address, one) ? [setup.broker.address] : []) : [one],
  );
  const network = [...new Set(outside)].filter(
    (one) => !isHere(one) || isEverywhere(bound[0] ?? ''),
  );
  const sure = await Promise.all(network.map((one) => sameMachine(setup, one, port)));
  const through = insideOf(bound).map((one) =>
    by(ownMachine, true, one, () => host.connectPort(one, port), host),
  );
  return [
    ...network.filter((_, index) => sure[index]).map((one) => direct(one, false)),
    ...through,
    ...throughClients(setup, bound, port),
  ];
}

/** Who logged in may not open every socket; root may. */
function waysToSocket(host: Host, path: string): Way[] {
  const from = host.kind === 'ssh' ? ownMachine : here;
  return [() => host.connectSocket(path), () => rootSocket(host, path)].map((through) => ({
    from,
    own: true,
    lead: (target) => ({ ...target, host: path, port: 0, through }),
    machine: host,
  }));
}

/**
 * What came of an attempt by the first way on which the broker was heard at all; where it was on none, what
 * tells most about why.
 */
export async function byFirst<T extends Observation>(
  ways: readonly Way[],
  target: Target,
  attempt: (target: Target) => Promise<T>,
): Promise<T & Viewpoint> {
  let told: (T & Viewpoint) | null = null;
  for (const way of ways) {
    const seen = { ...(await byWay(way, target, attempt)), from: way.from, own: way.own };
    if (seen.observed !== 'unreachable' || seen.cause === 'cancelled') return seen;
    if (told === null || seen.cause !== 'not-forwarded') told = seen;
  }
  return told ?? { ...(await attempt({ ...target, through: nowhere })), from: here, own: false };
}

/**
 * What came of an attempt by one way. Rejects with a HostError where the machine that the way leads through
 * broke off, or no longer answers: what was heard then, or not heard, says nothing of the broker's port.
 */
export async function byWay<T extends Observation>(
  { lead, machine }: Way,
  target: Target,
  attempt: (target: Target) => Promise<T>,
): Promise<T> {
  const led = lead(target);
  const { through } = led;
  if (!machine || !through) return attempt(led);
  let broken: Error | undefined;
  const watched = async () =>
    (await through()).once('error', (error) => {
      if (error instanceof HostError) broken = error;
    });
  const seen = await attempt({ ...led, through: watched });
  if (broken) throw broken;
  if (seen.cause !== null && silent.has(seen.cause))
    await machine.run(['true'], { doing: 'Asking whether the machine still answers' });
  return seen;
}

const silent: ReadonlySet<Cause> = new Set(['timeout', 'no-answer', 'network'] satisfies Cause[]);

/** There is no way: told as that, not tried at an address that may be somebody else's. */
const nowhere = () => Promise.reject(Object.assign(new Error('no way'), { code: 'EHOSTUNREACH' }));

/** In a sentence. */
export const seenFrom = ({ from }: Pick<Viewpoint, 'from'>): string => `Seen from ${from}.`;

/** The address of a port: where its listeners are bound to several addresses, one that others can reach. */
export function listenerAddress(listeners: readonly Listener[], port: number): ListenerAddress {
  const all = listeners.filter((one) => one.port === port);
  const mqtt = all.filter(({ protocol }) => protocol === 'mqtt');
  const there = mqtt.length > 0 ? mqtt : all;
  const addresses = there.flatMap((one) => one.addresses);
  const address = addresses.find((one) => !isHere(one)) ?? addresses[0] ?? null;
  return {
    port,
    address: isEverywhere(address ?? '') && addresses.length > 1 ? null : address,
    protocol: mqtt.length === 0 && there[0]?.protocol === 'websockets' ? 'websockets' : 'mqtt',
  };
}

/** The listener behind an address, with the settings that it has at that address. */
export function listenerAt(
  listeners: readonly Listener[],
  at: ListenerAddress,
): Listener | undefined {
  const there = listeners.filter(
    ({ port, protocol }) => port === at.port && protocol === at.protocol,
  );
  const isBound = ({ addresses }: Listener) =>
    at.address === null ? addresses.some(isEverywhere) : addresses.includes(at.address);
  const found = there.find(isBound) ?? there[0];
  const settings = found?.settingsAt?.[at.address ?? ''];
  return found && settings ? { ...found, settings } : found;
}

/** A target in the language of that listener. */
export const spokenAt = (
  { protocol, websockets }: Pick<ListenerAddress, 'protocol' | 'websockets'>,
  target: Target,
): Target => (protocol === 'websockets' || websockets ? { ...target, websocket: true } : target);

export const isHere = (address: string): boolean => isLocalOnly(address) || isLocalHost(address);

/** Whether a socket for all addresses of its kind can be reached at this one. */
const fits = (address: string, all: string): boolean =>
  all === '::(dual)' || isIP(address) === 0 || isIP(address) === isIP(all);

/** Addresses; a name or an interface is what it stands for on the broker's machine. */
async function boundAddresses({ broker }: Setup, address: string | null): Promise<string[]> {
  if (address === null) return ['::(dual)'];
  if (isEverywhere(address) || isIP(address) !== 0) return [address];
  const { stdout } = await broker.host.run(scriptCommand('host/addresses', address), {
    doing: 'Asking what a listener is bound to',
  });
  const found = stdout.split('\n').map((line) => line.trim());
  const addresses = [...new Set(found.filter((one) => isIP(one) !== 0))];
  // What is unknown there, too, is tried as it is called: then that is what is told.
  return addresses.length > 0 ? addresses : [address];
}

/** Where it can be reached on the machine it is on. */
const insideOf = (bound: readonly string[]): string[] =>
  bound.flatMap((one) =>
    one === '::(dual)'
      ? ['127.0.0.1', '::1']
      : one === '::'
        ? ['::1']
        : one === '0.0.0.0'
          ? ['127.0.0.1']
          : [one],
  );

const direct = (host: string, own: boolean): Way => ({
  from: here,
  own,
  lead: (target) => ({ ...named(target), host }),
});

const by = (
  from: string,
  own: boolean,
  address: string,
  through: Target['through'] & {},
  machine?: Host,
): Way => ({
  from,
  own,
  lead: (target) => ({ ...named(target), host: address, through }),
  ...(machine && { machine }),
});

/** A certificate is for the name that is used, wherever the connection goes. */
const named = (target: Target): Target =>
  target.tls ? { ...target, tls: { ...target.tls, servername: peerName(target) } } : target;

/** At most: each is a login of its own. */
const mostClients = 3;

function throughClients(setup: Setup, bound: readonly string[], port: number): Way[] {
  const { reached } = setup.broker;
  const address = bound
    .map((one) => (isEverywhere(one) ? (reached?.server ?? '') : one))
    .find((one) => one !== '' && !isHere(one));
  if (address === undefined) return [];
  const hosts = new Set(setup.answers.clients.map(({ host }) => host));
  hosts.delete('here');
  return [...hosts].slice(0, mostClients).map((name) =>
    by(clean(name, 80), false, address, async () => {
      const host = await setup.clientHost(name).catch((cause: unknown) => {
        throw Object.assign(new Error('not reached', { cause }), { code: 'EHOSTUNREACH' });
      });
      return host.connectPort(address, port);
    }),
  );
}
