import { namedFiles, passwords, type User, users } from './named-files.ts';

/** The user of each password file, besides the one who is in all; nobody where there is one file only. */
export function usersOf(files: Iterable<Buffer>): { user: User; path: string }[] {
  const named = namedFiles(files).filter(({ kind }) => kind === passwords);
  if (named.length < 2) return [];
  return users.flatMap((user, n) => (named[n] ? [{ user, path: named[n].path }] : []));
}
