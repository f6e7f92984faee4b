import type { HostErrorKind } from '../../errors/host-error.ts';
import { HostError } from '../../errors/host-error.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import type { RunResult } from '../api/host.ts';

interface Cause {
  text: RegExp;
  kind: HostErrorKind;
  likely: string;
  next: string;
}

// The words of strerror(3) in the C locale, which tools put into their complaint. They explain; what is done
// does not depend on them.
const causes: readonly Cause[] = [
  {
    text: /No space left on device|Disk quota exceeded/,
    kind: 'no-space',
    likely: 'The disk there is full.',
    next: 'See what fills it with `df -h` (`df -i` counts files, of which there may be too many) and `du -xh / | sort -h | tail`, make room, then try again.',
  },
  {
    text: /Read-only file system/,
    kind: 'read-only',
    likely:
      'That file system is mounted read-only: by choice, or by the system after a disk error.',
    next: 'Look at `findmnt` and `dmesg | tail`, make it writable, then try again.',
  },
  {
    text: /Permission denied|Operation not permitted/,
    kind: 'permission',
    likely: 'The user who did it may not do that there.',
    next: 'Look at the owner and mode of the file and of its folder.',
  },
  {
    text: /No such file or directory|nonexistent/,
    kind: 'not-found',
    likely: 'The file, or the folder it belongs in, is not there.',
    next: 'Check the path on that machine.',
  },
];

/**
 * What a file action's complaint means. `doing` is what was tried (`Writing /etc/x`), `where` the
 * host's name, `stderr` the tool's own words, `known` what it is without them.
 */
export function fileFailure(
  doing: string,
  where: string,
  stderr: string,
  known?: HostErrorKind,
): HostError {
  const cause = causes.find(({ kind, text }) => (known ? kind === known : text.test(stderr)));
  const detail = cleanLines(stderr, 5).join(' ');
  const what = `${clean(doing)} on ${where} failed.`;
  return new HostError(cause?.kind ?? 'failed', what, {
    likely: cause?.likely ?? '',
    next: cause?.next ?? '',
    detail,
  });
}

/** What came back is not what the commands would have printed. */
export function noAnswer(where: string): HostError {
  return new HostError('failed', `${where} did not answer as a shell does.`, {
    likely:
      'The login shell of that user runs no commands, or prints text of its own; or the password has expired.',
    next: `Try \`ssh ${where} id -u\`: it must print a number and nothing else.`,
  });
}

/** A signal ended it, 137 its limit (timeout(1)): how far it came is not known. A shell gives 128 and the signal's number. */
export const wasEnded = ({ code }: Pick<RunResult, 'code'>): boolean => code === null || code > 128;

/** It was ended by its limit, or by somebody there. */
export const endedThere = (doing: string, where: string): HostError =>
  new HostError('timeout', `${doing} on ${where} was ended there before its end.`, {
    likely: 'Something that it needs there hangs (systemd, a disk), or somebody has killed it.',
    next: 'Look how that machine is, then try again: everything is checked first.',
  });
