import { HostError } from '../../errors/host-error.ts';
import { clean } from '../../text/clean.ts';

/** A machine tried to connect for us and could not. Whether anything listens there, `code` tells. */
export class NoConnection extends HostError {
  /**
   * As Node names what went wrong: `ECONNREFUSED`, `EHOSTUNREACH`, `ETIMEDOUT`, `ENOTFOUND`, `EACCES`, …;
   * `EPERM` where the machine makes no connections for others; empty where it was not said.
   */
  readonly code: string;

  constructor(code: string, where: string, cause: Error) {
    super('failed', `${clean(where, 200)} could not be connected to.`, {
      likely: code === 'EPERM' ? 'The SSH server there does not forward connections.' : '',
      detail: clean(cause.message, 200),
      cause,
    });
    this.code = code;
  }
}

// strerror(3) and gai_strerror(3) in the C locale: what sshd tells of a connection it could not make.
const words: readonly (readonly [RegExp, string])[] = [
  [/Connection refused/i, 'ECONNREFUSED'],
  [/No route to host|Network is unreachable|assign requested address/i, 'EHOSTUNREACH'],
  [/timed out/i, 'ETIMEDOUT'],
  [/not known|name resolution|No address associated|unknown host/i, 'ENOTFOUND'],
  [/Permission denied/i, 'EACCES'],
];

/** The code for a channel that was not opened (RFC 4254 section 5.1: reason 1 is a prohibition). */
export function codeOfChannel({ message, reason }: Error & { reason?: unknown }): string {
  if (reason === 1) return 'EPERM';
  return words.find(([text]) => text.test(message))?.[1] ?? '';
}
