import { clean } from '../text/clean.ts';
import { Trouble } from './trouble.ts';

/** What the operating system refuses for reasons that are not ours, in words (errno(3)). */
const words: Record<string, { what: string; likely: string; next: string; exitCode?: 3 | 4 }> = {
  EACCES: {
    what: 'may not be read or written by this user',
    likely:
      'It, or a folder on the way to it, belongs to somebody else, or its mode lets nobody in.',
    next: 'Look at its owner and mode (ls -ld), put them right, then try again.',
    exitCode: 4,
  },
  ENOENT: {
    what: 'is not there',
    likely: 'It was moved or removed meanwhile, or another name was meant.',
    next: 'See what became of it, then try again.',
  },
  ENOTDIR: {
    what: 'cannot be reached',
    likely: 'A file is where there should be a folder on the way to it.',
    next: 'Move that file away, or name another place.',
  },
  EISDIR: {
    what: 'is a folder',
    likely: 'There should be a file of that name.',
    next: 'Move it away, or name another one.',
  },
  ELOOP: {
    what: 'cannot be reached',
    likely: 'Links on the way to it lead in a circle.',
    next: 'Remove the link, or name another place.',
  },
  ENAMETOOLONG: {
    what: 'has too long a name',
    likely: 'It is longer than a file system takes.',
    next: 'Name another place.',
  },
  ENOSPC: {
    what: 'could not be written: the disk is full',
    likely: 'No room is left on the disk, or your share of it is used up.',
    next: 'Make room, then try again.',
    exitCode: 3,
  },
  EROFS: {
    what: 'cannot be written: the file system is read-only',
    likely: 'It was mounted read-only, or the system made it so after a disk error.',
    next: 'Mount it writable, or name another place.',
    exitCode: 3,
  },
  EMFILE: {
    what: 'could not be opened: too many files are open',
    likely: 'A limit of this user or machine is reached (ulimit -n).',
    next: 'Close other programs or raise the limit, then try again.',
    exitCode: 3,
  },
  EIO: {
    what: 'could not be read or written: the disk has a fault',
    likely: 'The disk, or the network drive it is on, does not answer as it should.',
    next: 'Look into the log of the system, then try again.',
    exitCode: 3,
  },
};

const same: Record<string, string> = {
  EPERM: 'EACCES',
  EDQUOT: 'ENOSPC',
  EFBIG: 'ENOSPC',
  ENFILE: 'EMFILE',
  ESTALE: 'EIO',
};

/**
 * What a file of this machine has met, as a Trouble, where nobody nearer has told it; null for all that is no such
 * error: a defect of ours.
 */
export function systemTrouble(error: unknown): Trouble | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null;
  const { code, path, dest, message, syscall } = error as NodeJS.ErrnoException & { dest?: string };
  if (syscall === 'uv_cwd') return noFolder(error);
  const told = words[same[String(code)] ?? String(code)];
  if (told === undefined) return null;
  const { what, ...more } = told;
  return new Trouble(`${named(dest ?? path)} ${what}.`, {
    ...more,
    detail: clean(message),
    cause: error,
  });
}

const noFolder = (cause: unknown): Trouble =>
  new Trouble('The folder that Lockstep was started in is not there any more.', {
    likely: 'It was moved or removed meanwhile.',
    next: 'Go to another one (cd), then try again.',
    cause,
  });

const named = (path: string | undefined): string =>
  path === undefined ? 'A file on this machine' : clean(path, 200);

/** An error as a Trouble where it is, or can be told as, one; null: a defect. */
export const asTrouble = (error: unknown): Trouble | null =>
  error instanceof Trouble ? error : systemTrouble(error);
