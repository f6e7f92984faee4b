import { mkdirSync, statSync } from 'node:fs';
import { clean } from '../src/clean.ts';
import { Trouble } from '../src/trouble.ts';
import { diskTrouble } from './disk-trouble.ts';

/**
 * Makes a folder that only this user can look into (0700), and what is missing above it. One that is
 * there already must belong to this user and be writable by nobody else: what is in it decides
 * which machine is changed and how. Throws a Trouble.
 */
export function privateFolder(path: string): void {
  const folder = made(path);
  const shown = clean(path);
  if (!folder.isDirectory())
    throw new Trouble(`${shown} is not a folder.`, {
      likely: 'A file of that name is in the way.',
      next: 'Move it away, or set LOCKSTEP_HOME to another folder.',
    });
  // Windows knows neither owners by number nor these mode bits.
  if (process.getuid === undefined) return;
  if (folder.uid !== process.getuid())
    throw new Trouble(`${shown} belongs to another user.`, {
      likely: 'Lockstep was started with sudo, or the folder was put there by somebody else.',
      next: 'Start Lockstep as the user it belongs to, or set LOCKSTEP_HOME to a folder of your own.',
      exitCode: 4,
    });
  if ((folder.mode & 0o022) !== 0)
    throw new Trouble(`Other users can write in ${shown}.`, {
      likely: 'It was made with a loose mode or shared on purpose.',
      next: `See what is in it, then close it to them: chmod go-w '${shown}'`,
      exitCode: 4,
    });
}

function made(path: string) {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return statSync(path);
  } catch (error) {
    // A file in the way is told as such; mkdir has its own error for it.
    const there = statSync(path, { throwIfNoEntry: false });
    if (there && !there.isDirectory()) return there;
    throw diskTrouble(error, path);
  }
}
