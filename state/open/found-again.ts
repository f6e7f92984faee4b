import { lstatSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { Trouble } from '../../src/errors/trouble.ts';
import { notWhole, withWholePaths } from '../../src/steps/answers/answer-paths.ts';
import type { Answers } from '../../src/steps/answers/answers.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import { clean } from '../../src/text/clean.ts';
import { shellQuoted } from '../../src/text/typed.ts';
import type { From } from '../../src/this-machine/paths.ts';
import type { Site } from '../site/site.ts';

/**
 * Refuses answers whose paths cannot be told for certain. Earlier versions remembered them as they were given,
 * and took `~` for the name of a folder: an authority that is somewhere else must not be made anew.
 */
export function requireFoundAgain(wanted: Answers, known: Site | null, from: From): void {
  const odd = notWhole(wanted);
  if (odd) throw unknown(odd);
  const given = known?.answers.authority.folder;
  const { folder } = wanted.authority;
  if (!known || given === undefined || folder === undefined || isAbsolute(given)) return;
  const begun = stepIds.indexOf(known.step) >= stepIds.indexOf('authority');
  const meant = withWholePaths(known.answers, from).authority.folder;
  if (!begun || folder !== meant || isThere(folder)) return;
  requireNoStray(given, folder, from);
  throw new Trouble(`There is no authority in ${clean(folder)}.`, {
    likely: `An earlier version has remembered its folder as "${clean(given, 200)}" only, which counted from the folder it was started in.`,
    next: `Find it (root_ca.key) and move its folder there. To begin anew: mkdir -p -m 700 ${shellQuoted(folder)}`,
  });
}

/** Refuses to begin anew at a path with `~` where an earlier version has put into `./~` what belongs there. */
export function requireNoStray(given: string, taken: string, from: From): void {
  if (!given.startsWith('~') || from.folder === '') return;
  const stray = resolve(from.folder, given);
  if (!isThere(stray) || isThere(taken)) return;
  throw new Trouble(`What belongs into ${clean(taken)} is in ${clean(stray)}.`, {
    likely: 'An earlier version of Lockstep took "~" for the name of a folder.',
    next: `Move it there, then try again: mv ${shellQuoted(stray)} ${shellQuoted(taken)}`,
  });
}

const unknown = ({ field, path }: { field: string; path: string }): Trouble =>
  new Trouble(`Where "${clean(path, 200)}" is (${field}) is not known any more.`, {
    likely: 'It was remembered by an earlier version, or the folder that it counts from is gone.',
    next: 'Give the full path in an answers file ("lockstep run --answers FILE").',
    exitCode: 2,
  });

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
