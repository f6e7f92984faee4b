import { lstatSync, statSync } from 'node:fs';
import { join, parse, sep } from 'node:path';
import { diskTrouble, systemCode } from '../../src/errors/disk-trouble.ts';
import { Trouble } from '../../src/errors/trouble.ts';
import { clean } from '../../src/text/clean.ts';
import { shellQuoted } from '../../src/text/typed.ts';

const another = 'set LOCKSTEP_HOME to a folder of your own';

/**
 * Why a folder of ours could not be made or looked at: which one on the way there is not as it should be, which
 * often is the home folder itself.
 */
export function inTheWay(path: string, error: unknown): Trouble {
  const { root } = parse(path);
  let last = root;
  for (const name of path.slice(root.length).split(sep)) {
    const at = join(last, name);
    try {
      if (!statSync(at).isDirectory()) return notFolder(at);
    } catch (met) {
      return atPlace(last, at, systemCode(met), error);
    }
    last = at;
  }
  return diskTrouble(error, path);
}

export const notFolder = (path: string): Trouble =>
  new Trouble(`${clean(path)} is not a folder.`, {
    likely: 'A file of that name is in the way.',
    next: `Move it away, or ${another}.`,
  });

/** What is wrong with the first thing on the way that could not be looked at, or with the folder that it is in. */
function atPlace(folder: string, at: string, met: string, cause: unknown): Trouble {
  const shown = clean(folder);
  if (met === 'EACCES')
    return new Trouble(`${shown} cannot be entered by this user.`, {
      likely: 'It belongs to another user, or its mode lets nobody in.',
      next: `Look at it (ls -ld ${shellQuoted(folder)}) and give it back to this user, or ${another}.`,
      exitCode: 4,
      cause,
    });
  if (met === 'ELOOP')
    return new Trouble(`${clean(at)} is a link that leads in a circle.`, {
      likely: 'It leads to itself, by way of others perhaps.',
      next: `Remove it, or ${another}.`,
      cause,
    });
  if (met === 'ENOENT' && lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink())
    return new Trouble(`${clean(at)} is a link that leads nowhere.`, {
      likely: 'What it led to was moved, removed, or is on a disk that is not mounted.',
      next: `Remove it, or ${another}.`,
      cause,
    });
  if (met === 'ENOENT' && systemCode(cause) === 'EACCES')
    return new Trouble(`${clean(at)} is not there, and cannot be made by this user.`, {
      likely: `${shown} belongs to another user, or may only be read. HOME or LOCKSTEP_HOME may name another folder than meant.`,
      next: `Have it made and given to this user, or ${another}.`,
      exitCode: 4,
      cause,
    });
  return diskTrouble(cause, at);
}
