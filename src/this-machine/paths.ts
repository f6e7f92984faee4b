import { isAbsolute, join, posix, resolve } from 'node:path';
import { Trouble } from '../errors/trouble.ts';
import { clean } from '../text/clean.ts';

/** Where paths count from: relative ones from the folder, those that begin with `~` from the home folder. */
export interface From {
  /** The current folder, absolute; empty where there is none any more. */
  readonly folder: string;
  /** The home folder, absolute; empty where none is known. */
  readonly home: string;
}

/** Why a text is not taken for a path, as a sentence; null where it is one. */
export function pathProblem(given: string): string | null {
  if (given === '') return 'Nothing is no path.';
  if (/\p{Cc}/u.test(given)) return 'A path has no line end and no other control character in it.';
  const [first = ''] = given.split('/', 1);
  return /^~./.test(first)
    ? `"${clean(first, 60)}" would be the home folder of another user, which is not looked up here. Give the full path.`
    : null;
}

/**
 * A path as its user means it, absolute: `~` and `~/...` lead from the home folder (XCU 2.6.1, which a shell
 * does not do in `--option=~/x`), other relative ones from the current folder. Every path that somebody gives
 * comes through here (or `pathThere`) once, where it is taken in; behind that all are absolute. Throws a Trouble
 * that names `what` it was given for.
 */
export function absolutePath(given: string, from: From, what: string): string {
  const problem = pathProblem(given);
  if (problem !== null) throw noPath(what, given, problem);
  const ofHome = /^~(\/|$)/.test(given);
  if (ofHome && from.home === '')
    throw noPath(what, given, 'Which folder is the home folder is not known here.');
  if (ofHome) return resolve(join(from.home, given.slice(1)));
  if (from.folder === '' && !isAbsolute(given))
    throw noPath(what, given, 'The folder that it counts from is not there any more.');
  return resolve(from.folder, given);
}

/**
 * A path on another machine: absolute, or from the home folder there (`~`, `~/...`), which is known only
 * there; a relative one is from there, too, as with scp. It has no `pathProblem`.
 */
export function pathThere(given: string): string {
  const within = normal(given.replace(/^~(\/+|$)/, '') || '.');
  if (given.startsWith('/')) return within;
  return within === '.' ? '~' : `~/${within}`;
}

const normal = (path: string): string => posix.normalize(path).replace(/(?<=.)\/$/, '');

const noPath = (what: string, given: string, why: string): Trouble =>
  new Trouble(`${what} "${clean(given, 200)}" cannot be used.`, {
    likely: why,
    next: 'Give a full path, or one that begins with "~/". Nothing was done.',
    exitCode: 2,
  });
