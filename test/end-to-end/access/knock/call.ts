import type { User } from '../../corpus/named-files.ts';

/** Kinds of callers. */
export type Kind =
  | 'anonymous' // shows nothing
  | 'password' // the name and password in every password file, and the old certificate at a TLS socket
  | 'plugin' // the same of the plugin that knows names: dynamic security, or the one with a password file
  | 'certificate' // a certificate of the authority that configurations name, and no name
  | 'second-certificate' // one of the other authority that some of them name besides
  | 'password-alone' // as `password`, without a certificate: at TLS sockets
  | User // as `password`, of the second password file only, and so on: where there are several
  | 'made-up' // a name that nobody knows, and the old certificate at a TLS socket
  | 'revoked' // a certificate of the old authority that its revocation list names, where there is a list
  | 'newcomer' // a certificate of Lockstep's authority, before there is one: of a stranger's
  | 'shared-key' // a pre-shared key
  | 'key-and-name';

/** One socket to knock at, and who knocks. */
export interface At {
  /** Where it is reached; left out for a unix socket. */
  host?: string;
  port?: number;
  /** The unix socket. */
  path?: string;
  /** The address to come from, where the way there depends on it. */
  from?: string;
  callers: Caller[];
}

/** Somebody who knocks, with what is shown. */
export interface Caller {
  id: Kind;
  username?: string;
  password?: string;
  /** A certificate and its key, as files. With it one comes to TLS sockets only, unless there is a name. */
  certificate?: string;
  key?: string;
  /** At other sockets it would be the same as another one. */
  onlyByTls?: true;
  /** A pre-shared key, in hexadecimal, and whose it is: for sockets that want one. */
  shared?: { identity: string; key: string };
  /** Whether to look for what it may do, once in. */
  curious?: boolean;
}

export interface Round {
  /** Authorities that any of the brokers' certificates may be of. */
  cafile: string;
  /** What the id begins with that each of them chooses. */
  clientId: string;
  /** What is sent and received. */
  topic: string;
  /** Where a retained message is. */
  kept: string;
  /** Leave that message, instead of looking for it. */
  leave?: true;
  at: At[];
}

/** What became of somebody. */
export interface Answer {
  got: 'accepted' | 'refused' | 'absent';
  /** Whether there was an answer to CONNECT. */
  answered: boolean;
  publishes: boolean;
  reads: boolean;
  /** What the client said. */
  words: string;
}

export interface Echo {
  tls: boolean;
  /** `unknown`: nobody was answered, in whatever protocol. */
  speaks: 'mqtt' | 'websockets' | 'unknown';
  answers: Partial<Record<Kind, Answer>>;
}

/** What the program writes. */
export interface Heard {
  echoes: Echo[];
  /** Whether the retained message is there; null where nobody may look. */
  kept: boolean | null;
}
