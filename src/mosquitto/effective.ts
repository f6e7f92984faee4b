/** What a configuration makes the broker do, in the words of the `audit` contract. */
export interface Effective {
  /** Whether the broker starts with it. */
  loads: boolean;
  /** The broker's own first complaint, with file and line where it gives them. */
  firstError: string | null;
  listeners: Listener[];
}

/** One port as the outside sees it; sockets of one port that behave alike are one entry. */
export interface Listener {
  /** 0 for a unix socket. */
  port: number;
  /** As the kernel shows them: `0.0.0.0`, `::`, `127.0.0.1`, or a unix path. */
  addresses: string[];
  protocol: 'mqtt' | 'websockets' | 'unix';
  tls: boolean;
  requiresClientCertificate: boolean;
  minimumTls: '1.0' | '1.1' | '1.2' | '1.3' | null;
  /** A CONNECT without user name; where a certificate is required, one is shown. */
  anonymous: 'accepted' | 'refused';
  /** The line that opened it. */
  at: Place;
  /** The line that decides about anonymous clients; absent when it is the broker's default. */
  anonymousAt?: Place;
  /** The files and switches behind it, as configured. */
  settings: ListenerSettings;
}

export interface ListenerSettings {
  certfile?: string;
  keyfile?: string;
  cafile?: string;
  capath?: string;
  crlfile?: string;
  passwordFile?: string;
  aclFile?: string;
  useIdentityAsUsername: boolean;
  useSubjectAsUsername: boolean;
}

/** A line of a configuration file; `line` counts from 1. */
export interface Place {
  file: string;
  line: number;
}
