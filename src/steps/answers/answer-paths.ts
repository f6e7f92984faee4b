import { isAbsolute } from 'node:path';
import { absolutePath, type From, pathProblem, pathThere } from '../../this-machine/paths.ts';
import type { Answers } from './answers.ts';

/** A path in the answers: the field it stands in, and whether it is one on a client's own machine. */
interface Field {
  at: readonly (string | number)[];
  there: boolean;
}

/** What is wrong with paths of the answers, and where. */
export function pathFaults(answers: Answers): (Pick<Field, 'at'> & { problem: string })[] {
  const faults: ReturnType<typeof pathFaults> = [];
  eachPath(answers, (path, { at }) => {
    const problem = pathProblem(path);
    if (problem !== null) faults.push({ at, problem });
    return path;
  });
  return faults;
}

/**
 * The answers with each path absolute; one on a client's machine begins with `/` or, where it is in the home
 * folder there, with `~`. What is no path, or counts from a folder that is not known, stays: see `notWhole`.
 */
export const withWholePaths = (answers: Answers, from: From): Answers =>
  eachPath(answers, (path, { there }) => {
    if (pathProblem(path) !== null) return path;
    if (there) return pathThere(path);
    const known = path.startsWith('~') ? from.home : from.folder;
    return known === '' && !isAbsolute(path) ? path : absolutePath(path, from, path);
  });

/** The first path in the answers that `withWholePaths` could not make whole; null: all are. */
export function notWhole(answers: Answers): { field: string; path: string } | null {
  let found: ReturnType<typeof notWhole> = null;
  eachPath(answers, (path, { at, there }) => {
    if (!isAbsolute(path) && !(there && pathProblem(path) === null))
      found ??= { field: at.join('.'), path };
    return path;
  });
  return found;
}

/** The answers with what `change` makes of each path. */
function eachPath(answers: Answers, change: (path: string, field: Field) => string): Answers {
  const { identity, authority, clients } = answers;
  const here = (...at: Field['at']): Field => ({ at, there: false });
  return {
    ...answers,
    ...(identity === undefined ? {} : { identity: change(identity, here('identity')) }),
    authority: {
      ...authority,
      ...(authority.folder === undefined
        ? {}
        : { folder: change(authority.folder, here('authority', 'folder')) }),
    },
    clients: clients.map((client, index) => ({
      ...client,
      ...(client.folder === undefined
        ? {}
        : {
            folder: change(client.folder, {
              at: ['clients', index, 'folder'],
              there: client.host !== 'here',
            }),
          }),
    })),
  };
}
