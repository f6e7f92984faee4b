import { plainPath } from './files.ts';

/**
 * The folder from which a broker takes relative names: of its process (`/proc/PID/cwd`, which is shown to its
 * own user and to root), else of its unit (`WorkingDirectory`, `!` in front where it may be missing), else
 * `/`, where systemd and init start what they start.
 */
export function workingFolder(ofProcess: string, ofUnit: string): string {
  const folder = [ofProcess, ofUnit.replace(/^[!-]/, '')].find((one) => one.startsWith('/'));
  return plainPath(folder ?? '/');
}

/** A path of a configuration or command line, as seen from a working folder. */
export function seenFrom(folder: string, path: string): string {
  return plainPath(path.startsWith('/') ? path : `${folder}/${path}`);
}
