import { createSecureContext } from 'node:tls';
import type { Behaviour } from '../config/model/behaviour.ts';
import {
  type ConfiguredListener,
  isOn,
  type Memory,
  type Setting,
  textOf,
} from '../config/model/memory.ts';
import type { Place } from '../config/model/place.ts';
import type { Listener } from './listener.ts';
import { protocolOf } from './sockets.ts';

/** How a listener is encrypted. */
export interface Protection {
  /** `broken`: TLS is on, but no handshake can succeed. */
  kind: 'plain' | 'certificate' | 'psk';
  broken: boolean;
  requiresClientCertificate: boolean;
  minimumTls: Listener['minimumTls'];
}

/** The cipher suites of TLS 1.3 that OpenSSL knows (RFC 8446, B.4). */
const suites13 = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
];

/**
 * The TLS side of a listener, or the broker's complaint when it starts it. The files are taken to
 * be good. OpenSSL as distributions build it refuses TLS below 1.2 unless the cipher list lowers
 * the security level to 0.
 */
export function protectionOf(
  listener: ConfiguredListener,
  memory: Memory,
  behaviour: Behaviour,
): Protection | { error: string } {
  const { settings } = listener;
  const protocol = protocolOf(listener);
  const foreign = protocol === 'http_api';
  const lws = protocol === 'websockets' && !behaviour.ownWebsockets;
  const hasCertificate = settings.has('certfile');
  const hasPair = hasCertificate && settings.has('keyfile');
  const certificate = lws ? hasCertificate : hasPair;
  const psk = !lws && settings.has('psk_hint');
  if (!certificate && !psk) return plain;
  if (!lws && !foreign) {
    const error = tlsComplaint(listener);
    if (error !== null) return { error };
  }
  const required = certificate && isOn(settings, 'require_certificate');
  const hasAuthority = settings.has('cafile') || (!lws && settings.has('capath'));
  const lowest = lws ? '1.2' : lowestOf(listener, behaviour);
  const highest = !lws && behaviour.pskEndsTls13 && pskFileOf(listener, memory) ? '1.2' : '1.3';
  const broken =
    foreign ||
    lowest > highest ||
    (required && !hasAuthority) ||
    (certificate ? !hasPair : pskFileOf(listener, memory) === undefined);
  return {
    kind: certificate ? 'certificate' : 'psk',
    broken,
    requiresClientCertificate: required,
    minimumTls: broken ? null : lowest,
  };
}

const plain: Protection = {
  kind: 'plain',
  broken: false,
  requiresClientCertificate: false,
  minimumTls: null,
};

/** `tls_version` is a minimum; only these spellings are known, and 1.6's `tlsv1` is not. */
const versions = { 'tlsv1.1': '1.1', 'tlsv1.2': '1.2', 'tlsv1.3': '1.3' } as const;

function tlsComplaint({ settings }: ConfiguredListener): string | null {
  const version = textOf(settings, 'tls_version');
  if (version !== undefined && !(version in versions)) {
    return `Error: Unsupported tls_version "${version}".`;
  }
  const ciphers = textOf(settings, 'ciphers');
  if (ciphers !== undefined && !isUsableCipherList(ciphers)) {
    return `Error: Unable to set TLS ciphers. Check cipher list "${ciphers}".`;
  }
  const suites = textOf(settings, 'ciphers_tls1.3');
  if (suites !== undefined && !suites.split(':').some((suite) => suites13.includes(suite))) {
    return `Error: Unable to set TLS 1.3 ciphersuites. Check cipher_tls13 list "${suites}".`;
  }
  return null;
}

/** Asks OpenSSL, which refuses a list only if nothing in it is known (here as on the broker). */
function isUsableCipherList(list: string): boolean {
  // Policies of a distribution (`PROFILE=SYSTEM`) are known only there.
  if (/=/.test(list.replace(/@SECLEVEL=\d/g, ''))) return true;
  try {
    createSecureContext({ ciphers: list });
    return true;
  } catch {
    return false;
  }
}

function lowestOf({ settings }: ConfiguredListener, behaviour: Behaviour): '1.1' | '1.2' | '1.3' {
  const named = textOf(settings, 'tls_version') as keyof typeof versions | undefined;
  const lowest = named === undefined ? behaviour.lowestTls : versions[named];
  const old = /@SECLEVEL=0/.test(textOf(settings, 'ciphers') ?? '');
  return lowest === '1.1' && !old ? '1.2' : lowest;
}

/** The file of pre-shared keys that holds for a listener; everybody's unless each has its own settings. */
export function pskFileOf(
  { security }: Pick<ConfiguredListener, 'security'>,
  memory: Memory,
): Setting | undefined {
  const { settings } = memory.perListener === null ? memory.security : security;
  return settings.get('psk_file');
}

/** Whether a client without user name gets in, and the line that decides it. */
export interface Anonymous {
  accepted: boolean;
  at?: Place;
}

/**
 * What becomes of a client that connects without user name, showing a certificate of the
 * configured authority where one is required. Its id it chooses itself, so that `clientid_prefixes` keeps
 * nobody away who knows what it begins with.
 */
export function anonymousOn(
  listener: ConfiguredListener,
  protection: Protection,
  memory: Memory,
  behaviour: Behaviour,
): Anonymous {
  const { settings } = listener;
  const decides = (name: string): Anonymous => ({
    accepted: false,
    at: settings.get(name)?.place,
  });
  if (protection.broken || protocolOf(listener) === 'http_api') return { accepted: false };
  if (protection.kind !== 'plain') {
    for (const name of ['use_identity_as_username', 'use_subject_as_username']) {
      if (!isOn(settings, name)) continue;
      // The certificate is the login: no password, no allow_anonymous. Unless none is asked for.
      const named = protection.kind === 'psk' || protection.requiresClientCertificate;
      return { ...decides(name), accepted: named };
    }
  }
  if (isOn(settings, 'use_username_as_clientid')) return decides('use_username_as_clientid');
  const plugins = pluginsFor(listener, memory, behaviour);
  // An `auth_plugin` decides by itself; it is taken to refuse whoever has no name.
  const refusing = plugins.find(({ option }) => option === 'auth_plugin');
  if (refusing !== undefined) return { accepted: false, at: refusing.place };
  return allowed(listener, memory, behaviour);
}

/** The plugins that are asked about clients of a listener. */
export function pluginsFor({ security }: ConfiguredListener, memory: Memory, behaviour: Behaviour) {
  if (behaviour.generation === '2.1') return [...memory.security.plugins, ...security.plugins];
  return memory.perListener === null ? memory.security.plugins : security.plugins;
}

/** `allow_anonymous` for a listener: as said for it, or for all, or the default of its kind. */
export function allowed(
  listener: ConfiguredListener,
  memory: Memory,
  behaviour: Behaviour,
): Anonymous {
  const own = listener.security.settings.get('allow_anonymous');
  const global = memory.security.settings.get('allow_anonymous');
  const is21 = behaviour.generation === '2.1';
  const setting = memory.perListener !== null ? own : is21 ? (own ?? global) : global;
  const local = memory.localOnly;
  if (local && behaviour.localOnlyIsAnonymous && memory.perListener === null) {
    return { accepted: true };
  }
  if (setting !== undefined) return { accepted: setting.value === true, at: setting.place };
  // 2.0 forgets to refuse on the default listener when each listener has its own settings.
  const forgotten = memory.perListener !== null && !is21 && listener.isDefault;
  return { accepted: local || forgotten };
}
