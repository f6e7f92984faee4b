import { clean } from '../text/clean.ts';
import { Trouble } from './trouble.ts';

/** The code of a system error (`ENOSPC`, …), or the empty string for anything else. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** What went wrong with a file of our own, in words. `path` is the file or the folder it is in. */
export function diskTrouble(error: unknown, path: string): Trouble {
  if (error instanceof Trouble) return error;
  const file = clean(path);
  const cause = { cause: error };
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return diskFull(path, error);
    case 'EROFS':
      return new Trouble(`${file} cannot be written: the file system is read-only.`, {
        likely: 'It was mounted read-only, or the system made it so after a disk error.',
        next: 'Mount it writable, or set LOCKSTEP_HOME to a folder that can be written.',
        exitCode: 3,
        ...cause,
      });
    case 'EACCES':
    case 'EPERM':
      return new Trouble(`${file} may not be read or written by this user.`, {
        likely: 'It was made by another user, for example with sudo.',
        next: 'Give it back to this user, or set LOCKSTEP_HOME to a folder of your own.',
        exitCode: 4,
        ...cause,
      });
    default:
      return new Trouble(`${file} could not be used.`, {
        likely: 'The disk or the network drive it is on has a fault.',
        next: 'Look at the file and its folder, then try again.',
        detail: clean(error instanceof Error ? error.message : String(error)),
        ...cause,
      });
  }
}

export function diskFull(path: string, cause?: unknown): Trouble {
  return new Trouble(`The disk is full: ${clean(path)} could not be written.`, {
    likely: 'No room is left on the disk, or a quota or size limit is reached.',
    next: 'Make room and try again. What was remembered before is still there.',
    exitCode: 3,
    cause,
  });
}
