import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Trouble } from '../../src/errors/trouble.ts';
import { clean } from '../../src/text/clean.ts';
import { hiddenOwner, ownerIsHidden } from '../../src/this-machine/user-namespace.ts';
import { inTheWay, notFolder } from './in-the-way.ts';

/**
 * Makes a folder that only this user can look into (0700), and what is missing above it. One that is
 * there already must belong to this user and be writable by nobody else, and nobody else may be able
 * to put another in its place: what is in it decides which machine is changed and how. Throws a
 * Trouble.
 */
export function privateFolder(path: string): void {
  const folder = made(path);
  const shown = clean(path);
  if (!folder.isDirectory() && !folder.isSymbolicLink()) throw notFolder(path);
  // Windows knows neither owners by number nor these mode bits.
  if (process.getuid === undefined) return;
  if (folder.isSymbolicLink())
    throw new Trouble(`${shown} is a link that another user has made.`, {
      likely: 'Somebody wants what is remembered to come from, or go to, a folder of theirs.',
      next: 'Remove it, or set LOCKSTEP_HOME to a folder of your own.',
      exitCode: 4,
    });
  if (folder.uid !== process.getuid()) {
    if (ownerIsHidden(folder.uid)) throw hidden(shown);
    throw new Trouble(`${shown} belongs to another user.`, {
      likely: 'Lockstep was started with sudo, or the folder was put there by somebody else.',
      next: 'Start Lockstep as the user it belongs to, or set LOCKSTEP_HOME to a folder of your own.',
      exitCode: 4,
    });
  }
  if ((folder.mode & 0o022) !== 0)
    throw new Trouble(`Other users can write in ${shown}.`, {
      likely: 'It was made with a loose mode or shared on purpose.',
      next: `See what is in it, then close it to them: chmod go-w '${shown}'`,
      exitCode: 4,
    });
  above(dirname(path));
}

const hidden = (shown: string): Trouble =>
  new Trouble(`${shown} ${hiddenOwner.what}`, { ...hiddenOwner, exitCode: 4 });

/** Who may rename things in the folder above can swap ours; in /tmp (sticky) nobody can. */
function above(path: string): void {
  const folder = statSync(path);
  const shown = clean(path);
  const sticky = (folder.mode & 0o1000) !== 0;
  const own = folder.uid === process.getuid?.() || folder.uid === 0;
  // Group-writable ones are common, and the group is then the user's own.
  if (own && (sticky || (folder.mode & 0o002) === 0)) return;
  if (ownerIsHidden(folder.uid)) throw hidden(shown);
  throw new Trouble(`Somebody else could put another folder in place of what is in ${shown}.`, {
    likely: own ? 'All users can write in it.' : 'It belongs to another user.',
    next: own
      ? `Close it to them: chmod o-w '${shown}'`
      : 'Set LOCKSTEP_HOME to a folder of your own.',
    exitCode: 4,
  });
}

function made(path: string) {
  try {
    const link = lstatSync(path, { throwIfNoEntry: false });
    // One's own may lead wherever one likes.
    if (link?.isSymbolicLink() && ![process.getuid?.() ?? link.uid, 0].includes(link.uid))
      return link;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return statSync(path);
  } catch (error) {
    throw inTheWay(path, error);
  }
}
