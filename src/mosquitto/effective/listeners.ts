import { isDeepStrictEqual } from 'node:util';
import type { Behaviour } from '../config/model/behaviour.ts';
import {
  type ConfiguredListener,
  isOn,
  type Memory,
  newListener,
  textOf,
} from '../config/model/memory.ts';
import type { Place } from '../config/model/place.ts';
import { letIn } from './admits.ts';
import type { Listener } from './listener.ts';
import type { OpenListener, StartError } from './open-listener.ts';
import { allowed, anonymousOn, protectionOf } from './protection.ts';
import { collide, protocolOf, type Socket, socketsOf, websocketsFailed } from './sockets.ts';

/**
 * Opens the listeners in the broker's order: sockets first, then TLS, each listener in turn; the
 * first failure ends it. Nothing is opened really.
 */
export function openListeners(memory: Memory, behaviour: Behaviour): OpenListener[] | StartError {
  const opened: OpenListener[] = [];
  const taken: Socket[] = [];
  for (const configured of startingListeners(memory, behaviour)) {
    const place = configured.at;
    const found = socketsOf(configured, behaviour);
    if ('error' in found) return { error: found.error, place };
    const refused = textOf(memory.broker, 'user') === 'root' ? [] : found.sockets.filter(isForRoot);
    if (refused.length > 0 && !failsSilently(configured, behaviour)) {
      return { error: cannotListen(configured, behaviour, 'Permission denied'), place };
    }
    const sockets = found.sockets.filter((socket) => !refused.includes(socket));
    for (const socket of sockets) {
      if (taken.some((other) => collide(socket, other))) {
        return { error: cannotListen(configured, behaviour, 'Address already in use'), place };
      }
      taken.push(socket);
    }
    giveUp(opened, sockets);
    const protection = protectionOf(configured, memory, behaviour);
    if ('error' in protection) {
      return { error: protection.error, place: quotedPlace(configured, protection.error) ?? place };
    }
    const anonymous = anonymousOn(configured, protection, memory, behaviour);
    opened.push({ configured, sockets, protection, anonymous });
  }
  return canStart(opened, behaviour)
    ? opened
    : {
        error: 'Error: Unable to start any listening sockets, exiting.',
        place: opened[0]?.configured.at ?? null,
      };
}

/** A unix socket is made anew by each listener that names it: the earlier one is not reached any more. */
function giveUp(opened: readonly OpenListener[], made: readonly Socket[]): void {
  const paths = made.flatMap(({ port, address }) => (port === 0 ? [address] : []));
  for (const earlier of opened)
    if (earlier.configured.path !== undefined)
      earlier.sockets = earlier.sockets.filter(({ address }) => !paths.includes(address));
}

/** The listeners of the configuration, or the two of local only mode. */
export function startingListeners(memory: Memory, behaviour: Behaviour): ConfiguredListener[] {
  const none = memory.listeners.length === 0;
  const localOnly = memory.localOnly && (none || !behaviour.loneSettingOpens1883);
  if (!localOnly) return memory.listeners;
  return ['127.0.0.1', '::1'].map((host) => newListener({ port: 1883, host }));
}

/** The broker has given up root when it opens its sockets (as Linux is set up by default). */
function isForRoot({ port }: Socket): boolean {
  return port > 0 && port < 1024;
}

/** The older libwebsockets goes on without a port it does not get, and does not count as one. */
function failsSilently(listener: ConfiguredListener, { dualWebsockets }: Behaviour): boolean {
  return dualWebsockets && protocolOf(listener) === 'websockets';
}

function cannotListen(
  listener: ConfiguredListener,
  { ownWebsockets }: Behaviour,
  reason: string,
): string {
  return protocolOf(listener) === 'websockets' && !ownWebsockets
    ? websocketsFailed(listener)
    : `Error: ${reason}`;
}

/** At least one socket; with the older libwebsockets one that is not a websocket. */
function canStart(opened: OpenListener[], behaviour: Behaviour): boolean {
  return opened.some(
    ({ configured, sockets }) => sockets.length > 0 && !failsSilently(configured, behaviour),
  );
}

/** The TLS setting that a complaint quotes. */
function quotedPlace({ settings }: ConfiguredListener, error: string): Place | undefined {
  const named = ['tls_version', 'ciphers', 'ciphers_tls1.3'].find((name) =>
    error.includes(String(settings.get(name)?.value ?? '\n')),
  );
  return settings.get(named ?? '')?.place;
}

/** Listeners as the outside sees them; sockets of one port that behave alike are one entry. */
export function seenFromOutside(
  opened: OpenListener[],
  memory: Memory,
  mainPath: string,
  behaviour: Behaviour,
): Listener[] {
  const listeners: Listener[] = [];
  for (const one of opened) {
    const { configured, sockets, protection, anonymous } = one;
    const admits = letIn(one, memory, behaviour);
    for (const { port, address } of sockets) {
      const listener: Listener = {
        port,
        addresses: [address],
        protocol: outsideProtocol(configured, address),
        ...(configured.path === address && protocolOf(configured) === 'websockets'
          ? { websockets: true as const }
          : {}),
        tls: protection.kind !== 'plain',
        requiresClientCertificate: protection.requiresClientCertificate,
        minimumTls: protection.minimumTls,
        anonymous: anonymous.accepted ? 'accepted' : 'refused',
        admits,
        ...(protocolOf(one.configured) === 'http_api'
          ? { api: allowed(one.configured, memory, behaviour).accepted ? 'everybody' : 'names' }
          : {}),
        at: configured.at ?? { file: mainPath, line: 1 },
        ...(anonymous.at === undefined ? {} : { anonymousAt: anonymous.at }),
        ...clientIdPrefixOf(memory),
        settings: settingsOf(configured, memory),
      };
      const alike = listeners.find((other) => behaveAlike(listener, other));
      if (alike === undefined) listeners.push(listener);
      else {
        alike.addresses.push(address);
        if (!isDeepStrictEqual(alike.settings, listener.settings))
          alike.settingsAt = { ...alike.settingsAt, [address]: listener.settings };
      }
    }
  }
  return listeners.sort((one, other) => one.port - other.port);
}

function clientIdPrefixOf({ broker }: Memory): Pick<Listener, 'clientIdPrefix'> {
  const setting = broker.get('clientid_prefixes');
  return setting ? { clientIdPrefix: { prefix: String(setting.value), at: setting.place } } : {};
}

function outsideProtocol(listener: ConfiguredListener, address: string): Listener['protocol'] {
  if (address.startsWith('/') || listener.path === address) return 'unix';
  const protocol = protocolOf(listener);
  return protocol === 'mqtt' || protocol === 'websockets' ? protocol : 'unknown';
}

function behaveAlike(one: Listener, other: Listener): boolean {
  const traits = [
    'port',
    'protocol',
    'tls',
    'requiresClientCertificate',
    'minimumTls',
    'anonymous',
  ] as const;
  // Unix sockets are each for themselves, though all have port 0.
  return one.protocol !== 'unix' && traits.every((trait) => one[trait] === other[trait]);
}

function settingsOf(
  { settings, security }: ConfiguredListener,
  memory: Memory,
): Listener['settings'] {
  const { settings: who } = memory.perListener === null ? memory.security : security;
  return {
    certfile: textOf(settings, 'certfile'),
    keyfile: textOf(settings, 'keyfile'),
    cafile: textOf(settings, 'cafile'),
    capath: textOf(settings, 'capath'),
    crlfile: textOf(settings, 'crlfile'),
    passwordFile: textOf(who, 'password_file'),
    aclFile: textOf(who, 'acl_file'),
    keys: settings.has('psk_hint'),
    proxied: settings.has('enable_proxy_protocol'),
    mountPoint: textOf(settings, 'mount_point'),
    maxConnections: mostAt(settings, memory),
    useIdentityAsUsername: isOn(settings, 'use_identity_as_username'),
    useSubjectAsUsername: isOn(settings, 'use_subject_as_username'),
  };
}

/** How many clients a listener takes at once; undefined where nothing limits it. */
function mostAt(settings: ConfiguredListener['settings'], { broker }: Memory): number | undefined {
  const limits = [
    settings.get('max_connections'),
    // Of 2.1, for all listeners together; sessions of clients that are away count for the second one.
    broker.get('global_max_connections'),
    broker.get('global_max_clients'),
  ].flatMap((one) => (typeof one?.value === 'number' && one.value > 0 ? [one.value] : []));
  return limits.length > 0 ? Math.min(...limits) : undefined;
}
