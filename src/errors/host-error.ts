import type { TroubleDetails } from './trouble.ts';
import { Trouble } from './trouble.ts';

const exitCodes: Partial<Record<HostErrorKind, 3 | 4>> = {
  unreachable: 3,
  lost: 3,
  timeout: 3,
  cancelled: 3,
  'sudo-password': 4,
  'not-a-sudoer': 4,
  'sudo-missing': 4,
  'sudo-tty': 4,
  permission: 4,
};

/** The ways in which acting on a host fails. */
export type HostErrorKind =
  | 'unreachable' // no connection: name, port, network
  | 'lost' // the connection broke while something ran: its outcome is unknown
  | 'timeout' // a time limit passed: outcome unknown
  | 'cancelled' // the caller's signal
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'host-key-revoked'
  | 'host-key-not-allowed' // of no kind that the configuration allows, or too short
  | 'authentication' // no key, password or agent was accepted
  | 'key-unreadable' // a named key file cannot be used
  | 'sudo-password' // sudo refused the password
  | 'not-a-sudoer'
  | 'sudo-missing' // root is needed, and there is no sudo
  | 'sudo-tty' // sudo wants a terminal (requiretty)
  | 'permission'
  | 'no-space'
  | 'read-only'
  | 'not-found'
  | 'failed'; // anything else, with the far side's own words in `detail`

/** What went wrong on the way to a host or on it. */
export class HostError extends Trouble {
  override readonly name = 'HostError';
  readonly kind: HostErrorKind;
  constructor(kind: HostErrorKind, what: string, more: TroubleDetails = {}) {
    super(what, { exitCode: exitCodes[kind] ?? 1, ...more });
    this.kind = kind;
  }
}

/** Whether it was the connection that ended, and not what was to be done by it. */
export const isLost = (error: unknown): boolean =>
  error instanceof HostError &&
  ['lost', 'timeout', 'unreachable', 'cancelled'].includes(error.kind);
