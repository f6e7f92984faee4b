import type { Place } from '../config/model/place.ts';

/**
 * The kinds of client that a listener tells apart. `anonymous` shows nothing; `password` a name and
 * password that the broker knows from its password file (or a pre-shared key), and a certificate too
 * where one is asked for besides; `certificate` one of the authority in the listener's cafile, and no
 * name; `plugin` a name and password that a plugin knows.
 */
export const kindsOfClient = ['anonymous', 'password', 'certificate', 'plugin'] as const;

export type Who = (typeof kindsOfClient)[number];

/** Who gets in at a listener. */
export interface Admits {
  lets: Record<Who, boolean>;
  /** What decides, as configured: the password file, the authority's file or folder, the plugin. */
  by: Partial<Record<Who, string>>;
  /** A pre-shared key and a name that is known let in, whether the key alone does or not. */
  keyAndName?: true;
  /** `password` is a pre-shared key there. */
  byKey?: true;
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
