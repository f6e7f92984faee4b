import type { Bound, Goal } from '../../mosquitto/candidate/access.ts';
import { behaviourOf } from '../../mosquitto/config/model/behaviour.ts';
import { isUsualInterface } from '../../mosquitto/config/model/bind-address.ts';
import type { Configuration, Directive } from '../../mosquitto/config/model/configuration.ts';
import { type ConfiguredListener, textOf } from '../../mosquitto/config/model/memory.ts';
import { portOf } from '../../mosquitto/effective/port-of.ts';
import { isLocalHost, protocolOf } from '../../mosquitto/effective/sockets.ts';
import type { Setup } from '../contract/setup.ts';
import { plainPort } from '../plain-port/find.ts';
import { brokerName } from '../questions/names.ts';

/** Where the broker's files are on its host; the release folder is switched by one rename. */
export interface BrokerFiles {
  /** The symbolic link that names the release in use. */
  current: string;
  /** Releases are folders beside it: `release-0001`, … */
  folder: string;
  names: { certificate: string; key: string; authority: string; authorities: string };
}

export function brokerFiles(setup: Setup): BrokerFiles {
  const { certificates } = setup.broker.layout;
  const name = brokerName(setup);
  return {
    current: `${certificates}/current`,
    folder: certificates,
    names: {
      certificate: `${name}.crt`,
      key: `${name}.key`,
      authority: 'root_ca.crt',
      authorities: 'clients_ca.crt',
    },
  };
}

/** What the broker is to let in, from the answers and from where it listens now. */
export function goalOf(setup: Setup, present: Configuration): Goal {
  const { answers } = setup;
  const { current, names } = brokerFiles(setup);
  const ports = { plain: plainPort(setup), tls: answers.ports.tls };
  const keeps = answers.otherTls === 'keep';
  const theirs = authorityAt(present, ports.tls);
  const goesOn = keeps || isOurs(theirs, current);
  return {
    ports,
    plainListener: answers.plainListener,
    minimumTls: answers.minimumTls,
    binds: keeps
      ? boundAsNow(present, ports.tls)
      : boundTo(present, ports, setup.broker.host.kind === 'ssh'),
    certfile: `${current}/${names.certificate}`,
    keyfile: `${current}/${names.key}`,
    cafile: `${current}/${keeps ? names.authorities : names.authority}`,
    ...(keeps && theirs !== undefined ? { keptAuthority: theirs } : {}),
    carried: goesOn ? goingOn(present, ports.tls) : carriedLines(present, ports),
    rules: goesOn ? rulesOf(present, ports.tls) : [],
  };
}

/** The file of the authority whose certificates a port takes now. */
const authorityAt = ({ memory }: Configuration, port: number): string | undefined =>
  memory.listeners
    .filter((one) => portOf(one) === port)
    .map(({ settings }) => textOf(settings, 'cafile'))
    .find((file) => file !== undefined);

/** What would be another thing for the clients that move, were it left behind: topics above all. */
const moving = new Set([
  ...['mount_point', 'max_connections', 'max_qos', 'maximum_qos', 'accept_protocol_versions'],
]);

/** Whether a port takes certificates of an authority of ours already. */
const isOurs = (authority: string | undefined, current: string): boolean =>
  authority?.startsWith(`${current}/`) ?? false;

/** What access.conf says of its TLS listener itself, in whatever way another one said it. */
const saidAnew = new Set([
  ...[
    'listener',
    'port',
    'bind_address',
    'bind_interface',
    'socket_domain',
    'protocol',
    'psk_hint',
  ],
  ...['certfile', 'keyfile', 'cafile', 'capath', 'tls_version', 'require_certificate'],
  ...['use_identity_as_username', 'use_subject_as_username', 'listener_allow_anonymous'],
]);

/** All else that the listener on the TLS port is set to, where that goes on: it is for its own clients. */
function goingOn(present: Configuration, port: number): string[] {
  const [from] = present.memory.listeners.filter((one) => portOf(one) === port);
  return settingsOf(present, from, (option) => !saidAnew.has(option));
}

/** From the plain port, whose clients move to the TLS port: above all a listener that others can reach. */
function carriedLines(present: Configuration, ports: Goal['ports']): string[] {
  const on = (port: number | null) =>
    present.memory.listeners.filter((one) => portOf(one) === port);
  const plain = on(ports.plain);
  const outward = plain.filter((one) => !isHere(boundOf(one, present.version)));
  const [from] = [...outward, ...plain, ...on(ports.tls)];
  return settingsOf(present, from, (option) => moving.has(option));
}

function settingsOf(
  { directives }: Configuration,
  from: ConfiguredListener | undefined,
  which: (option: string) => boolean,
): string[] {
  const lines = directives
    .filter((one) => one.listener !== null && (one.listener === from || isDefaultOf(one, from)))
    .filter(({ option, scope, lost }) => scope === 'listener' && which(option) && !lost)
    .map(({ raw }) => raw.trim());
  // Of an option that stands twice the last one counts.
  const last = new Map(lines.map((line) => [line.split(/\s/)[0], line]));
  return [...last.values()];
}

/** Under per_listener_settings: what judges those who are let in at a port, other than by a password. */
function rulesOf({ directives, memory }: Configuration, port: number): string[] {
  if (memory.perListener === null) return [];
  const lines = directives
    .filter(({ listener }) => listener !== null && portOf(listener) === port)
    .filter(({ option, scope }) => scope === 'security' && !login.has(option))
    .map(({ raw }) => raw.trim());
  return [...new Set(lines)];
}

const login: ReadonlySet<string> = new Set(['allow_anonymous', 'password_file', 'psk_file']);

/** The lines of the default listener stand under another object until the last one is read. */
const isDefaultOf = ({ listener }: Directive, from: ConfiguredListener | undefined): boolean =>
  from?.isDefault === true && listener?.isDefault === true;

const isHere = ({ address, device }: Bound): boolean =>
  address === undefined ? device === 'lo' : isLocalHost(address);

/**
 * Where the TLS listener is bound: as the one that is there already; else as the plain port's listeners;
 * else as all others: hardening never opens a port to a network that had none. The practice broker stays on
 * this machine for the same reason. Only where a broker was bound to its own machine and is secured over
 * SSH (who does that wants to reach it from there) the port for certificates is opened, and that is told.
 */
function boundTo(present: Configuration, ports: Goal['ports'], fromElsewhere: boolean): Bound[] {
  const { memory, version } = present;
  const all = memory.listeners.filter(({ path }) => path === undefined);
  const bound = (one: ConfiguredListener) => boundOf(one, version);
  const on = (port: number | null) => all.filter((one) => portOf(one) === port).map(bound);
  const outward = (bounds: Bound[]) => bounds.filter((bound) => !isHere(bound));
  const now = on(ports.tls).length > 0 ? on(ports.tls) : on(ports.plain);
  const found = [outward(now), outward(all.map(bound)), fromElsewhere ? [] : now].find(
    (bounds) => bounds.length > 0,
  );
  if (!found || found.some(isEverywhere)) return [{}];
  const distinct = new Map(found.map((bound) => [JSON.stringify(bound), bound]));
  return found.every(isHere) ? found.slice(0, 1) : [...distinct.values()];
}

const isEverywhere = (bound: Bound): boolean => Object.values(bound).length === 0;

/** Whoever is kept comes from where they came from, and nobody from elsewhere. */
function boundAsNow({ memory, version }: Configuration, port: number): Bound[] {
  const bounds = memory.listeners
    .filter(({ path }) => path === undefined)
    .filter((one) => portOf(one) === port)
    .map((one) => boundOf(one, version));
  return bounds.length > 0 ? bounds : [{}];
}

function boundOf(listener: ConfiguredListener, version: string): Bound {
  const { host, settings } = listener;
  const family = textOf(settings, 'socket_domain');
  const only = family === 'ipv4' || family === 'ipv6' ? { family } : {};
  // The websockets of 2.0 take the name of an interface there.
  const byDevice = protocolOf(listener) === 'websockets' && !behaviourOf(version).ownWebsockets;
  const named = byDevice && host !== undefined && isUsualInterface(host) ? host : undefined;
  const device = named ?? textOf(settings, 'bind_interface');
  if (named !== undefined) return named === 'lo' ? { address: '127.0.0.1' } : { device: named };
  if (host !== undefined) return { address: host, ...only };
  if (device === 'lo') return { address: '127.0.0.1' };
  return { ...(device === undefined ? {} : { device }), ...only };
}
