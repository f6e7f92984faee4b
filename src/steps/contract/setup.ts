import type { Host } from '../../host/api/host.ts';
import type { SshAsk } from '../../host/ssh/login/ask.ts';
import type { Goal } from '../../mosquitto/candidate/access.ts';
import type { Candidate } from '../../mosquitto/candidate/candidate.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import type { Broker } from '../../mosquitto/service/broker.ts';
import type { Operator } from '../../undo/operator/operator.ts';
import type { Answers } from '../answers/answers.ts';
import type { PlainChoices } from './plain-choice.ts';
import type { PlainLedger } from './plain-clients.ts';

/**
 * What every step is given: the machines, the answers, the folders, and how to ask for a secret.
 * It is made anew for each session; nothing in it is remembered but the answers and `seen`.
 */
export interface Setup {
  answers: Answers;
  broker: Broker;
  /** Names of the broker that were given before this session looked: in answers, by options, or agreed to earlier. */
  given: readonly string[];
  /** This machine: the authority and, unless a client has a host of its own, the clients' files. */
  here: Host;
  folders: { authority: string; clients: string };
  /** Opens the machine a client's files go to; `here` gives this machine. */
  clientHost(name: string): Promise<Host>;
  /** The lock on the broker's host, where the session may change something. */
  operator: Operator | null;
  /** A change that an earlier session had left unproved was put back when this one began. */
  putBackFirst?: true;
  /** Who works here, for people: `anna from her-laptop`. */
  self: string;
  ask: Asker;
  /** The port without TLS that the broker was found to listen on, once it was looked for. */
  plainPort?: PlainPort;
  /** Where the broker listens by its configuration, once it was looked for. */
  listeners?: readonly Listener[];
  /** What each choice for the plain port would do, once it was looked for. */
  choices?: PlainChoices;
  /** Somebody else's listener was found on the port for certificates. */
  tlsTaken?: boolean;
  /** The port for certificates to which a way was looked for in this session. */
  reaching?: { port: number; found: Promise<void> };
  /** The release that is right, or the one that would be brought; unknown before there was a look. */
  release?: string;
  /** The files of the configuration as they would be; null where it cannot be changed safely by itself. */
  rewrite?: (Pick<Candidate, 'files'> & Pick<Goal, 'keptAuthority'>) | null;
  /** What was observed once and cannot be seen again, for example the anonymous message. */
  seen: Seen;
  now(): Date;
  signal?: AbortSignal;
}

/** A port; null: there is none; or one of several, which has to be said. */
export type PlainPort = number | null | { oneOf: number[] };

/** Observations that outlive a session. They inform; they never make a step done by themselves. */
export interface Seen {
  /** When a message was seen to arrive without any proof of identity (ISO time). */
  anonymousMessage?: string;
  /** When somebody without any proof of identity was seen to be let in, though no message could be sent. */
  anonymousTried?: string;
  /** Who came by the plain port since it was left open while devices move. */
  plainPort?: PlainLedger;
  /** Plugins in the configuration of which it is not known what they keep; not remembered. */
  unknownPlugins?: string[];
}

/** Secrets are asked when they are needed, kept in memory only, and never remembered. */
export interface Asker {
  /** The passphrase of the authority's key. Throws where there is none to be had: none is no answer. */
  authorityPassphrase(purpose: 'create' | 'open', attempt: number): Promise<string>;
  /** Whether to undo, though files were changed since: `lines` tell which, and how. */
  undoLater?(lines: readonly string[]): Promise<boolean>;
}

/** Every question a set-up may have to put, at login and later. What is missing cannot be asked. */
export type Asks = SshAsk & Asker;
