import type { Admits } from './admits.ts';
import { behaviourOf } from './behaviour.ts';
import { openListeners, seenFromOutside } from './listeners.ts';
import { missingFile } from './missing-files.ts';
import type { Configuration } from './read.ts';

/** What a configuration makes the broker do, in the words of the `audit` contract. */
export interface Effective {
  /** Whether the broker starts with it. */
  loads: boolean;
  /** The broker's own first complaint, in its words. */
  firstError: string | null;
  /** The line behind that complaint, whether the broker names it or not. */
  firstErrorAt?: Place;
  /** None when it does not load. */
  listeners: Listener[];
}

/**
 * What the broker of that version would do with a configuration, were it started now: files it
 * names are taken to exist and to be good, unless nobody would call one so; host names to resolve, ports to be free.
 */
export function effective(configuration: Configuration, version: string): Effective {
  const { error, memory, mainPath } = configuration;
  if (error !== null) return failed(error.message, error.place);
  const behaviour = behaviourOf(version);
  const opened = missingFile(configuration, behaviour) ?? openListeners(memory, behaviour);
  if ('error' in opened) return failed(opened.error, opened.place);
  return {
    loads: true,
    firstError: null,
    listeners: seenFromOutside(opened, memory, mainPath, behaviour),
  };
}

function failed(firstError: string, place: Place | null): Effective {
  const at = place === null ? {} : { firstErrorAt: place };
  return { loads: false, firstError, ...at, listeners: [] };
}

/** One port as the outside sees it; sockets of one port that behave alike are one entry. */
export interface Listener {
  /** 0 for a unix socket, and where the system chooses (websockets on a unix socket, 2.0). */
  port: number;
  /**
   * As the kernel shows them: `0.0.0.0`, `::`, `127.0.0.1`, or a unix path; `::(dual)` is one IPv6
   * socket that takes IPv4 too. A host name or interface that only the broker's machine can
   * resolve stands as it is written.
   */
  addresses: string[];
  /** `unknown`: it listens, but nobody can speak MQTT to it (2.1's `protocol http_api`). */
  protocol: 'mqtt' | 'websockets' | 'unix' | 'unknown';
  /** A unix socket at which websockets are spoken (2.1). */
  websockets?: true;
  tls: boolean;
  requiresClientCertificate: boolean;
  /** Null without TLS, and where no handshake can succeed. */
  minimumTls: '1.0' | '1.1' | '1.2' | '1.3' | null;
  /** A CONNECT without user name; where a certificate or a beginning of its id is required, it has that. */
  anonymous: 'accepted' | 'refused';
  /** Who gets in there, kind by kind. */
  admits?: Admits;
  /** Whom 2.1's HTTP API answers there (`protocol http_api`). */
  api?: 'everybody' | 'names';
  /** The line that opened it. */
  at: Place;
  /** The line that decides about anonymous clients; absent when it is the broker's default. */
  anonymousAt?: Place;
  /** What the id of every client must begin with, and the line that says so. */
  clientIdPrefix?: { prefix: string; at: Place };
  /** The files and switches behind it, as configured. */
  settings: ListenerSettings;
  /** Of those of its addresses where they are others, though it looks the same from outside. */
  settingsAt?: Record<string, ListenerSettings>;
}

export interface ListenerSettings {
  certfile?: string;
  keyfile?: string;
  cafile?: string;
  capath?: string;
  crlfile?: string;
  passwordFile?: string;
  aclFile?: string;
  /** It takes pre-shared keys: `psk_hint`. */
  keys?: boolean;
  /** It speaks to a proxy only: `enable_proxy_protocol` (2.1). */
  proxied?: boolean;
  /** What its clients' topics begin with for all others: `mount_point`. */
  mountPoint?: string | undefined;
  /** So many clients at once, where there is a limit: `max_connections`, or that of all listeners together (2.1). */
  maxConnections?: number | undefined;
  useIdentityAsUsername: boolean;
  useSubjectAsUsername: boolean;
}

/** A line of a configuration file; `line` counts from 1. */
export interface Place {
  file: string;
  line: number;
}
