import { HostError } from '../../errors/host-error.ts';
import { clean } from '../../text/clean.ts';

/** How far a connection got: nothing, the network, the SSH handshake. */
export type Progress = 'nothing' | 'connected' | 'handshake';

interface Failure {
  code?: string | number;
  level?: string;
  message: string;
}

/** Why there is no connection, from ssh2's error. `who` is `user@host`, `at` where it was looked for. */
export function unreachable(
  who: string,
  at: string,
  error: Failure,
  progress: Progress,
): HostError {
  const { what, likely, next } = told(at, error, progress);
  const detail = clean(error.message, 200);
  return new HostError('unreachable', `${who}: ${what}`, { likely, next, detail, cause: error });
}

function told(at: string, { code, message }: Failure, progress: Progress) {
  switch (code) {
    case 'ECONNREFUSED':
      return {
        what: `nothing listens at ${at}.`,
        likely: 'The SSH server there is not running, uses another port, or a firewall refuses.',
        next: 'On that machine: `systemctl status ssh`. Another port is given as host:port.',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'ENODATA':
      return {
        what: 'that name leads to no address.',
        likely: 'It is misspelt, or only known in another network (try name.local).',
        next: 'Use the address in numbers; on that machine `hostname -I` shows it.',
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return {
        what: `the network has no way to ${at}.`,
        likely: 'The machine is off, or this one is in another network.',
        next: 'Check the cable or wireless network, then `ping` it.',
      };
    case 'ETIMEDOUT':
      return silent(at, 'nothing');
  }
  if (/Timed out|time limit/.test(message)) return silent(at, progress);
  if (progress === 'connected')
    return {
      what: `${at} hung up before it said anything in SSH.`,
      likely:
        'That is no SSH server, or it has too many visitors just now (MaxStartups, fail2ban).',
      next: 'Check the port; if it is right, wait a minute and try again.',
    };
  return {
    what: 'the connection broke before the login was done.',
    likely: 'The network dropped it, or the SSH server there ended it.',
    next: 'Try again; on that machine `journalctl -u ssh` tells its side.',
  };
}

function silent(at: string, progress: Progress) {
  if (progress === 'nothing')
    return {
      what: `${at} does not answer.`,
      likely: 'The machine is off, the address is another one, or a firewall swallows everything.',
      next: 'Check that it is on and try `ping`; another port is given as host:port.',
    };
  return {
    what: `${at} took the connection and then said nothing more.`,
    likely: 'The machine is very busy, or that is no SSH server.',
    next: 'Check the port; if it is right, wait a minute and try again.',
  };
}

/** A connection that ended while something ran on it. */
export function lost(where: string, cause?: unknown): HostError {
  return new HostError('lost', `The connection to ${where} broke.`, {
    likely: 'The network dropped it, or the machine went down.',
    next: 'Whether the last command was done is not known. Try again: everything is checked first.',
    cause,
  });
}
