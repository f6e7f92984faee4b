import { isIP } from 'node:net';
import { type Behaviour, behaviourOf } from '../../../src/mosquitto/config/model/behaviour.ts';
import type { Configuration } from '../../../src/mosquitto/config/model/configuration.ts';
import { knownPlugin } from '../../../src/mosquitto/config/model/known-plugins.ts';
import { isOn, textOf } from '../../../src/mosquitto/config/model/memory.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { openListeners } from '../../../src/mosquitto/effective/listeners.ts';
import type { OpenListener } from '../../../src/mosquitto/effective/open-listener.ts';
import { allowed, pluginsFor, pskFileOf } from '../../../src/mosquitto/effective/protection.ts';
import { protocolOf } from '../../../src/mosquitto/effective/sockets.ts';
import { main } from '../brokers/reading.ts';
import { filesIn, type Tree } from './following.ts';

// Clients of every kind, tried one by one at every door of a configuration: knows nothing of how the advice
// is judged (admission.ts), only what the broker does with each of them.

export interface Client {
  /** Can speak TLS. */
  tls: boolean;
  /** None; one that nobody knows; one in that password file; one that this plugin knows. */
  name: '' | 'any' | `file ${string}` | `plugin ${string}`;
  certificate: string;
  revoked: boolean;
  key: string;
  id: string;
}

/** A configuration with its open doors; none when the broker does not start with it. */
export interface Opened {
  configuration: Configuration;
  open: OpenListener[];
  behaviour: Behaviour;
  loads: boolean;
}

export async function opened(tree: Tree, version: string): Promise<Opened> {
  const behaviour = behaviourOf(version);
  const configuration = await readConfiguration(filesIn(tree), main, version);
  const open = configuration.error ? [] : openListeners(configuration.memory, behaviour);
  const loads = configuration.error === null && !('error' in open);
  return { configuration, behaviour, loads, open: 'error' in open ? [] : open };
}

/** What the broker opens at its start, or ends: a comment after it was no part of it by intention. */
const path = (value: string | undefined) =>
  (value ?? '').replace(/\s+#.*$/, '').replace(/^(["'])(.*)\1$/, '$2');

const securityOf = ({ configured }: OpenListener, { configuration: { memory } }: Opened) =>
  (memory.perListener === null ? memory.security : configured.security).settings;

const passwordFile = (one: OpenListener, all: Opened) =>
  path(textOf(securityOf(one, all), 'password_file'));
/** The websockets of 2.0 do not read the folder. */
const authority = ({ configured }: OpenListener, { behaviour }: Opened) => {
  const { settings } = configured;
  const reads = behaviour.ownWebsockets || protocolOf(configured) !== 'websockets';
  const folder = reads ? textOf(settings, 'capath') : undefined;
  return [path(textOf(settings, 'cafile')), folder].filter(Boolean).join(' or ');
};
const keyFile = ({ configured }: OpenListener, { configuration: { memory } }: Opened) =>
  path(pskFileOf(configured, memory)?.value.toString());
const askedPlugins = ({ configured }: OpenListener, all: Opened) =>
  pluginsFor(configured, all.configuration.memory, all.behaviour)
    .filter((one) => knownPlugin(one.path)?.takesPasswords ?? true)
    .map((one) => one.path);
const prefix = ({ configuration: { memory } }: Opened) =>
  textOf(memory.broker, 'clientid_prefixes') ?? '';

/** Every kind of client that these configurations tell apart. */
export function kindsOf(all: readonly Opened[]): Client[] {
  const each = <T>(of: (one: OpenListener, all: Opened) => T[]) => [
    ...new Set(all.flatMap((one) => one.open.flatMap((door) => of(door, one)))),
  ];
  const names: Client['name'][] = [
    ...['', 'any' as const],
    ...each((door, one) => [passwordFile(door, one)].filter(Boolean)).map(
      (file) => `file ${file}` as const,
    ),
    ...each(askedPlugins).map((file) => `plugin ${file}` as const),
  ] as Client['name'][];
  const authorities = ['', ...each((door, one) => [authority(door, one)].filter(Boolean))];
  const keys = ['', ...each((door, one) => [keyFile(door, one)].filter(Boolean))];
  const ids = ['', ...new Set(all.map(prefix).filter(Boolean))];
  const clients: Client[] = [];
  for (const name of names)
    for (const certificate of authorities)
      for (const revoked of certificate ? [false, true] : [false])
        for (const key of certificate ? [''] : keys)
          for (const tls of certificate || key ? [true] : [false, true])
            for (const id of ids) clients.push({ tls, name, certificate, revoked, key, id });
  return clients;
}

/** Whether the broker lets in a client at a listener that it reaches. */
function lets(one: OpenListener, client: Client, all: Opened): boolean {
  const { configured, protection, anonymous } = one;
  const { settings } = configured;
  const { memory } = all.configuration;
  if (protection.broken || protocolOf(configured) === 'http_api') return false;
  if (!client.id.startsWith(prefix(all))) return false;
  if (protection.kind !== 'plain' && !client.tls) return false;
  if (protection.kind === 'psk' && client.key !== keyFile(one, all)) return false;
  if (protection.requiresClientCertificate) {
    if (client.certificate !== authority(one, all)) return false;
    const lws = protocolOf(configured) === 'websockets' && !all.behaviour.ownWebsockets;
    if (client.revoked && settings.has('crlfile') && !lws) return false;
  }
  const named = ['use_identity_as_username', 'use_subject_as_username'].some((name) =>
    isOn(settings, name),
  );
  if (protection.kind !== 'plain' && named)
    return protection.kind === 'psk' || protection.requiresClientCertificate;
  if (client.name === '') return anonymous.accepted;
  const file = passwordFile(one, all);
  const plugins = askedPlugins(one, all);
  if (file === '' && plugins.length === 0)
    return allowed(configured, memory, all.behaviour).accepted;
  return client.name === `file ${file}` || plugins.some((each) => client.name === `plugin ${each}`);
}

/** Where clients may come from: each address that is served by name, and some that are not. */
export interface Point {
  port: number;
  address: string;
}

export function pointsOf(all: readonly Opened[]): Point[] {
  const sockets = all.flatMap(({ open }) => open.flatMap((one) => one.sockets));
  const points = sockets.flatMap(({ port, address }) =>
    address.startsWith('/')
      ? [{ port, address }]
      : [address, '127.0.0.1', '192.0.2.1', '::1', '2001:db8::1']
          .filter((one) => !['0.0.0.0', '::', '::(dual)'].includes(one))
          .map((one) => ({ port, address: one })),
  );
  return [...new Map(points.map((one) => [`${one.port} ${one.address}`, one])).values()];
}

/** The listeners that let in a client that comes to a point. */
const lettingIn = (client: Client, point: Point, all: Opened): OpenListener[] =>
  all.open.filter(
    (one) =>
      one.sockets.some((socket) => socket.port === point.port && serves(socket.address, point)) &&
      lets(one, client, all),
  );

/** Whether a client is let in that comes to a point. */
export const isIn = (client: Client, point: Point, all: Opened): boolean =>
  lettingIn(client, point, all).length > 0;

/** What decides there what it may do: access lists, and plugins that are not known to let that be. */
export function rulesFor(client: Client, point: Point, all: Opened): string[] {
  const [one] = lettingIn(client, point, all);
  if (one === undefined) return [];
  const list = path(textOf(securityOf(one, all), 'acl_file'));
  const plugins = pluginsFor(one.configured, all.configuration.memory, all.behaviour)
    .filter((each) => knownPlugin(each.path)?.decidesTopics ?? true)
    .map((each) => each.path);
  return [...(list ? [list] : []), ...plugins];
}

/** What a name stands for may be of either family. */
function serves(address: string, point: Point): boolean {
  if (address === point.address) return true;
  const family = isIP(point.address);
  if (address === '::(dual)') return true;
  if (point.address.startsWith('/')) return false;
  return (address === '0.0.0.0' && family !== 6) || (address === '::' && family !== 4);
}

/** Whether it has anything that not everybody has. */
export const shows = ({ name, certificate, key }: Client): boolean =>
  name.includes(' ') || certificate !== '' || key !== '';
