import { isIP } from 'node:net';
import type { Behaviour } from './behaviour.ts';
import type { OpenListener } from './listeners.ts';
import { isOn, type Memory, textOf } from './memory.ts';
import { pluginsFor, pskFileOf } from './protection.ts';
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
  kind: 'certificate' | 'unrevoked' | 'password' | 'plugin' | 'key' | 'prefix' | 'rules';
  of: string;
}

/** Every way in at these listeners. Files that are named are taken to exist and to be good. */
export function admissions(
  open: readonly OpenListener[],
  memory: Memory,
  behaviour: Behaviour,
): Admission[] {
  return open.flatMap((one) => {
    const { protection, sockets } = one;
    const encrypted = protection.kind !== 'plain';
    const addresses = sockets.flatMap(({ port, address }) =>
      address === '::(dual)'
        ? ['0.0.0.0', '::'].map((each) => ({ port, address: each }))
        : [{ port, address }],
    );
    return demandsAt(one, memory, behaviour).flatMap((demands) =>
      addresses.map((socket) => ({ ...socket, encrypted, demands })),
    );
  });
}

/** What is demanded at a listener: one list for each way to satisfy it; none when nobody gets in. */
export function demandsAt(one: OpenListener, memory: Memory, behaviour: Behaviour): Demand[][] {
  const { configured, protection, anonymous } = one;
  if (protection.broken || protocolOf(configured) === 'http_api') return [];
  const { settings } = configured;
  const security = memory.perListener === null ? memory.security : configured.security;
  const demand = (kind: Demand['kind'], of: unknown): Demand[] =>
    of === undefined ? [] : [{ kind, of: meant(String(of)) }];
  // The websockets of 2.0 do not read the folder.
  const isRead = protocolOf(configured) !== 'websockets' || behaviour.ownWebsockets;
  const authorities = [textOf(settings, 'cafile'), isRead && textOf(settings, 'capath')];
  const always = [
    ...demand('prefix', textOf(memory.broker, 'clientid_prefixes')),
    ...demand('rules', textOf(security.settings, 'acl_file')),
    ...(protection.requiresClientCertificate
      ? [
          ...demand(
            'certificate',
            authorities
              .filter(Boolean)
              .map((one) => meant(String(one)))
              .join(' or '),
          ),
          ...demand('unrevoked', textOf(settings, 'crlfile')),
        ]
      : []),
    ...(protection.kind === 'psk' ? demand('key', pskFileOf(configured, memory)?.value) : []),
  ];
  const named =
    protection.kind !== 'plain' &&
    (isOn(settings, 'use_identity_as_username') || isOn(settings, 'use_subject_as_username'));
  const logins = named
    ? []
    : [
        ...demand('password', textOf(security.settings, 'password_file')),
        ...pluginsFor(configured, memory, behaviour).flatMap(({ path }) => demand('plugin', path)),
      ];
  return [...(anonymous.accepted ? [always] : []), ...logins.map((login) => [...always, login])];
}

/** A path without what is no part of it by intention: a comment after it, quotes around it. */
const meant = (path: string): string => path.replace(/\s+#.*$/, '').replace(/^(["'])(.*)\1$/, '$2');

/** The ways in of `after` that `before` did not have: somebody gets in who did not, or unencrypted. */
export function newlyIn(before: readonly Admission[], after: readonly Admission[]): Admission[] {
  return after.filter((one) => !before.some((other) => includes(other, one)));
}

/** Whether everybody who comes in one way could come in another way before. */
function includes(before: Admission, after: Admission): boolean {
  const has = ({ kind, of }: Demand) =>
    after.demands.some((one) => one.kind === kind && one.of === of);
  return (
    isWithin(after, before) && (after.encrypted || !before.encrypted) && before.demands.every(has)
  );
}

/** Whether what reaches one socket reaches the other, too. What a name stands for may be of either family. */
function isWithin(inner: Admission, outer: Admission): boolean {
  const everywhere = outer.address === '0.0.0.0' || outer.address === '::';
  // A port that the system chose (port 0) can be found by every program of that machine.
  if (outer.port === 0 && everywhere && inner.address.startsWith('/')) return true;
  if (inner.port !== outer.port) return false;
  if (inner.address === outer.address) return true;
  if (!everywhere || inner.address.startsWith('/')) return false;
  const family = isIP(inner.address);
  return family === 0 || family === (outer.address === '::' ? 6 : 4);
}
