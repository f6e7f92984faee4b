import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The first program of this name in a search path (as in the PATH variable) or in the folders for
 * system programs, which are not on everybody's path; null when there is none.
 */
export async function findProgram(name: string, searchPath: string): Promise<string | null> {
  const system = ['/usr/sbin', '/usr/local/sbin', '/sbin', '/opt/homebrew/sbin'];
  for (const folder of [...searchPath.split(delimiter), ...system]) {
    if (!folder) continue;
    const path = join(folder, name);
    if (await access(path, constants.X_OK).then(yes, no)) return path;
  }
  return null;
}

/**
 * util-linux's `setpriv`, where it can end a child together with its parent (--pdeathsig, since
 * util-linux 2.33; BusyBox's cannot): the way to leave no broker behind after `kill -9`.
 */
export async function findDeathSignal(searchPath: string): Promise<string | null> {
  const setpriv = await findProgram('setpriv', searchPath);
  if (!setpriv) return null;
  const works = promisify(execFile)(setpriv, ['--pdeathsig', 'KILL', 'true'], limit).then(yes, no);
  return (await works) ? setpriv : null;
}

const limit = { timeout: 5000, killSignal: 'SIGKILL' } as const;
const yes = () => true;
const no = () => false;
