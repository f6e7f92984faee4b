import { isIP } from 'node:net';
import type { Behaviour } from '../config/model/behaviour.ts';
import { knownPlugin } from '../config/model/known-plugins.ts';
import {
  type ConfiguredListener,
  isOn,
  type Memory,
  type Plugin,
  textOf,
} from '../config/model/memory.ts';
import { withoutSecret } from '../config/model/secret-lines.ts';
import type { OpenListener } from './open-listener.ts';
import { allowed, pluginsFor, pskFileOf } from './protection.ts';
import { protocolOf } from './sockets.ts';

/** One way in: at which socket, and what a client must have. */
export interface Admission {
  /** 0 for a unix socket. */
  port: number;
  /** `0.0.0.0` and `::` stand for all of their family; a socket for both is two ways in. */
  address: string;
  encrypted: boolean;
  /** Nothing: whoever connects is let in. */
  demands: Demand[];
}

/** What a client must have or bear with, and which one: a certificate of that authority file, a password of that file. */
export interface Demand {
  /**
   * `name`: some user name, whichever; `nameless`: none that is not known; `prefix`: what its id begins with;
   * `rules`: what it may do is decided by that access list or plugin.
   */
  kind:
    | 'certificate'
    | 'unrevoked'
    | 'password'
    | 'plugin'
    | 'key'
    | 'prefix'
    | 'rules'
    | 'name'
    | 'nameless';
  of: string;
}

/** What not everybody has who wants to come in. */
export const isProof = ({ kind }: Demand): boolean =>
  kind === 'certificate' || kind === 'password' || kind === 'plugin' || kind === 'key';

/**
 * Every way in at these listeners. Files that are named are taken to exist and to be good. `known`: without
 * the one for any name at all, which the table of access (who.ts) tells with those of passwords.
 */
export function admissions(
  open: readonly OpenListener[],
  memory: Memory,
  behaviour: Behaviour,
  known = false,
): Admission[] {
  return open.flatMap((one) => {
    const { protection, sockets } = one;
    const encrypted = protection.kind !== 'plain';
    const addresses = sockets.flatMap(({ port, address }) =>
      address === '::(dual)'
        ? ['0.0.0.0', '::'].map((each) => ({ port, address: each }))
        : [{ port, address }],
    );
    return demandsAt(one, memory, behaviour, known).flatMap((demands) =>
      addresses.map((socket) => ({ ...socket, encrypted, demands })),
    );
  });
}

/** What is demanded at a listener: one list for each way to satisfy it; none when nobody gets in. */
export function demandsAt(
  one: OpenListener,
  memory: Memory,
  behaviour: Behaviour,
  known = false,
): Demand[][] {
  const { configured, protection, anonymous } = one;
  if (protection.broken || protocolOf(configured) === 'http_api') return [];
  const always = alwaysAt(one, memory, behaviour);
  const logins = loginsAt(one, memory, behaviour);
  // Where names are looked up, one that is not known is refused: who comes in without one has to show none.
  const nobody: Demand[] = logins.length > 0 ? [{ kind: 'nameless', of: '' }] : [];
  const anyName = !known && letsAnyName(one, memory, behaviour);
  return [
    ...(anonymous.accepted ? [[...always, ...nobody]] : []),
    ...(anyName && !anonymous.accepted ? [[...always, demand('name')]] : []),
    ...logins.map((login) => [...always, login]),
  ];
}

const demand = (kind: Demand['kind'], of = ''): Demand => ({ kind, of });
const ifAny = (kind: Demand['kind'], of: string | undefined): Demand[] =>
  of === undefined ? [] : [demand(kind, of)];

/** What is demanded of everybody who comes in at a listener. */
function alwaysAt(
  { configured, protection }: OpenListener,
  memory: Memory,
  behaviour: Behaviour,
): Demand[] {
  const { settings } = configured;
  const security = memory.perListener === null ? memory.security : configured.security;
  const file = (name: string, from = settings) => meant(textOf(from, name));
  // The websockets of 2.0 read neither the folder nor the list.
  const reads = readsRevocationList(configured, behaviour);
  const folder = reads ? textOf(settings, 'capath') : undefined;
  const authority = [file('cafile'), folder].filter(Boolean).join(' or ');
  const list = reads ? file('crlfile') : undefined;
  const judges = pluginsFor(configured, memory, behaviour).filter(decidesTopics).map(pluginName);
  const key = pskFileOf(configured, memory)?.value;
  return [
    ...ifAny('prefix', textOf(memory.broker, 'clientid_prefixes')),
    ...ifAny('rules', file('acl_file', security.settings)),
    ...judges.map((one) => demand('rules', one)),
    ...(protection.requiresClientCertificate
      ? [demand('certificate', authority), ...ifAny('unrevoked', list)]
      : []),
    ...(protection.kind === 'psk' ? ifAny('key', meant(key?.toString())) : []),
  ];
}

/** What names are looked up in at a listener: nothing where they come from the certificate. */
function loginsAt(
  { configured, protection }: OpenListener,
  memory: Memory,
  behaviour: Behaviour,
): Demand[] {
  if (protection.kind !== 'plain' && isNamed(configured)) return [];
  const { settings } = memory.perListener === null ? memory.security : configured.security;
  const plugins = pluginsFor(configured, memory, behaviour).filter(takesPasswords);
  return [
    ...ifAny('password', meant(textOf(settings, 'password_file'))),
    ...plugins.map((one) => demand('plugin', pluginName(one))),
  ];
}

/** Whether any user name will do, without a password: nothing looks names up, and none is needed. */
export function letsAnyName(one: OpenListener, memory: Memory, behaviour: Behaviour): boolean {
  const { configured, protection } = one;
  if (protection.broken || protocolOf(configured) === 'http_api') return false;
  if (protection.kind !== 'plain' && isNamed(configured)) return false;
  return (
    loginsAt(one, memory, behaviour).length === 0 && allowed(configured, memory, behaviour).accepted
  );
}

/** A listener of libwebsockets reads no revocation list (2.0.11 and 2.0.21: whose was revoked got in). */
export const readsRevocationList = (configured: ConfiguredListener, behaviour: Behaviour) =>
  behaviour.ownWebsockets || protocolOf(configured) !== 'websockets';

const isNamed = ({ settings }: ConfiguredListener): boolean =>
  isOn(settings, 'use_identity_as_username') || isOn(settings, 'use_subject_as_username');

/** What is not known may let in whom it likes, and decide what it likes. */
const takesPasswords = ({ path }: Plugin) => knownPlugin(path)?.takesPasswords ?? true;
export const decidesTopics = ({ path }: Plugin): boolean =>
  knownPlugin(path)?.decidesTopics ?? true;

/**
 * Which one it is: of two that are given other files each decides for itself. Its path, and behind line ends, which are in
 * none of them, what it is given; that may be secret.
 */
const pluginName = ({ path, options }: Plugin): string =>
  [path, ...[...options].map(([key, { value }]) => `${key}=${value}`).sort()].join('\n');

/** What a demand is of, as it may be shown: a plugin with what it is given, but for secrets. */
export function shownOf({ of }: Demand): string {
  const [path, ...given] = of.split('\n');
  const prefix = 'plugin_opt_';
  return [path, ...given.map((one) => withoutSecret(prefix + one).slice(prefix.length))].join(' ');
}

/**
 * The path of a file that the broker has to open at its start, without what is no part of it by intention: a
 * comment after it, quotes around it. What it starts with anyway (an id's beginning, a folder of authorities)
 * counts as it is.
 */
const meant = (path: string | undefined): string | undefined =>
  path?.replace(/\s+#.*$/, '').replace(/^(["'])(.*)\1$/, '$2');

/** The ways in of `after` that `before` did not have: somebody gets in who did not, or unencrypted. */
export function newlyIn(before: readonly Admission[], after: readonly Admission[]): Admission[] {
  return after.filter((one) => !before.some((other) => includes(other, one)));
}

/** Whether everybody who comes in one way could come in another way before. */
function includes(before: Admission, after: Admission): boolean {
  return isWithin(after, before) && isNoHarder(before, after);
}

/** Whether one way asks for nothing that is not asked for on another one. */
export const isNoHarder = (one: Admission, other: Admission): boolean =>
  (other.encrypted || !one.encrypted) &&
  one.demands.every((demand) => isMet(demand, other.demands));

/** Whether whoever has all these satisfies a demand. */
export function isMet({ kind, of }: Demand, all: readonly Demand[]): boolean {
  return all.some((one) => {
    if (kind === 'prefix') return one.kind === kind && one.of.startsWith(of);
    // Who has a password or is known to a plugin has a name; and it is one that is known.
    if (kind === 'name' && (one.kind === 'password' || one.kind === 'plugin')) return true;
    return one.kind === kind && one.of === of;
  });
}

/** Whether what reaches one socket reaches the other, too. What a name stands for may be of either family. */
export function isWithin(inner: Admission, outer: Admission): boolean {
  const everywhere = outer.address === '0.0.0.0' || outer.address === '::';
  // A port that the system chose (port 0) can be found by every program of that machine.
  if (outer.port === 0 && everywhere && inner.address.startsWith('/')) return true;
  if (inner.port !== outer.port) return false;
  if (inner.address === outer.address) return true;
  if (!everywhere || inner.address.startsWith('/')) return false;
  const family = isIP(inner.address);
  return family === 0 || family === (outer.address === '::' ? 6 : 4);
}
