import type { HostErrorKind } from '../../errors/host-error.ts';
import { HostError } from '../../errors/host-error.ts';
import { cleanLines } from '../../text/clean.ts';

interface Refusal {
  text: RegExp;
  kind: HostErrorKind;
  what: (where: string) => string;
  likely: string;
  next: string;
}

// The words of sudo 1.8 to 1.9 (plugins/sudoers) and of sudo-rs, in the C locale.
const refusals: readonly Refusal[] = [
  {
    text: /not in the sudoers|may not run sudo|not allowed to (execute|run)|I'm afraid I can't do that/i,
    kind: 'not-a-sudoer',
    what: (where) => `This user may not become root with sudo on ${where}.`,
    likely: 'The user is not in the group that may use sudo, or only for other commands.',
    next: 'As root there: `usermod -aG sudo USER` (or give --broker another user), then try again.',
  },
  {
    text: /must have a tty|no tty present|terminal is required/i,
    kind: 'sudo-tty',
    what: (where) => `sudo on ${where} only works in a terminal.`,
    likely: 'The line `Defaults requiretty` is in /etc/sudoers or in /etc/sudoers.d there.',
    next: 'Add `Defaults:USER !requiretty` with `visudo` there, then try again.',
  },
  {
    text: /sudo: (command )?not found|No such file or directory/i,
    kind: 'sudo-missing',
    what: (where) => `There is no sudo on ${where}, and the user is not root.`,
    likely: 'It is not installed there.',
    next: 'As root there: `apt install sudo` and `usermod -aG sudo USER`; or log in as root.',
  },
  {
    text: /try again|incorrect (password|authentication)|no password was provided|password is required|Authentication failed/i,
    kind: 'sudo-password',
    what: (where) => `sudo on ${where} refused the password.`,
    likely:
      'A typing error, or it is the password of another user: sudo wants the login user’s own.',
    next: 'Try again; `sudo -k true` there shows whether the password is right.',
  },
];

/** Whom sudo is asked by, and where. */
export interface Asking {
  /** The login user; null where that is not known. */
  user: string | null;
  /** The host's name, for error texts. */
  where: string;
}

/** It is not that the password was mistyped: to ask for it again is of no use. */
export class OtherPassword extends HostError {}

/** sudo, or a PAM module behind it, wants something that is no password. */
export function asksMore(where: string, asked: string): HostError {
  return new OtherPassword('sudo-password', `sudo on ${where} asks for more than a password.`, {
    likely: `It says: ${cleanLines(asked, 1, 80).join('')} A one-time code cannot be given here.`,
    next: 'Let this user become root there without it (NOPASSWD in sudoers), or log in as root.',
  });
}

/**
 * Why sudo did not start the program, from what it wrote before giving up. `whose` password it wanted; null where it
 * asked for none or did not tell.
 */
export function sudoFailure(
  said: string,
  { user, where }: Asking,
  whose: string | null = null,
): HostError {
  const detail = cleanLines(said, 5).join(' ');
  const refusal = refusals.find(({ text }) => text.test(said));
  if (!refusal)
    return new HostError('failed', `sudo on ${where} did not start the command.`, {
      next: `Try \`sudo true\` there.`,
      detail,
    });
  const { kind, what, likely, next } = refusal;
  if (
    kind === 'sudo-password' &&
    whose !== null &&
    ![user, '%p', ''].includes(whose) &&
    user !== null
  )
    return new OtherPassword(
      kind,
      `sudo on ${where} wants the password of ${cleanLines(whose, 1, 40).join('')}.`,
      {
        likely:
          'It is set so there (rootpw, targetpw or runaspw in sudoers), and another one was given.',
        next: `Give that one; or log in as ${cleanLines(whose, 1, 40).join('')}.`,
        detail,
      },
    );
  return new HostError(kind, what(where), { likely, next, detail });
}
