import { readFile } from 'node:fs/promises';
import type { Folder } from './folder.ts';
import { initFolders } from './init.ts';
import { runBy } from './run-by.ts';

// System calls that change something are seen, and made to fail, by strace(1).

/** Those, with the path that each names first or last. A folder that stays is told, see change.test.ts. */
const calls =
  'write,copy_file_range,ftruncate,rename,renameat,renameat2,fsync,fdatasync,syncfs,mkdir,mkdirat,link,linkat,symlink,symlinkat,fchmod,chmod,fchmodat,utimensat,unlink,unlinkat,openat';

/** How a call fails: those that take room find none, the others a broken disk. */
const errorOf = (call: string): string =>
  /^(write|copy_file_range|openat|mkdir|link|symlink)/.test(call) ? 'ENOSPC' : 'EIO';

/** Runs a script by a shell whose calls strace sees. */
const traced =
  (folder: Folder, options: string[]) =>
  (script: string, words: string[]): string[] => {
    // The names of what a change makes ready are the same each time then.
    const known = words.map((word, index) => (index === 9 ? 'feedfacefeedface' : word));
    const quiet = ['-f', '-y', '-qq', '-o', folder.at('trace'), '-e', `trace=${calls}`];
    return ['strace', ...quiet, ...options, 'sh', '-c', script, ...known];
  };

/** The same folder, where what each next script changes can be told. */
export function watched(folder: Folder) {
  const command = traced(folder, []);
  return {
    command,
    broker: runBy(folder, command),
    /** Each pair of call and path at which something was changed. */
    async seen(): Promise<string[]> {
      const places = [
        ...[folder.at('etc/'), folder.at('var/')],
        ...Object.values(initFolders[folder.kind]),
      ];
      const found = new Set<string>();
      for (const line of (await readFile(folder.at('trace'), 'utf8')).split('\n')) {
        const call = /^(?:\d+ +)?(\w+)\(/.exec(line)?.[1];
        if (call === undefined || (call === 'openat' && !line.includes('O_CREAT'))) continue;
        // What is written may begin with a path itself; the folder one is in is no name (strace -P takes it for none).
        const named = /^(write|copy_file_range|ftruncate)$/.test(call)
          ? /<(\/[^">]*)>/g
          : /(?<!AT_FDCWD)[<"](\/[^">]*)[">]/g;
        // Named by the process, which is another one next time.
        for (const [, path = ''] of line.matchAll(named))
          if (places.some((place) => path.startsWith(place)) && !/\.input\.|busy$/.test(path))
            found.add(`${call} ${path}`);
      }
      return [...found].sort();
    },
  };
}

/** The same folder, where the first call of `one` that each process makes fails, as seen by `watched`. */
export function failing(folder: Folder, one: string) {
  const [call = '', ...path] = one.split(' ');
  const inject = `inject=${call}:error=${errorOf(call)}:when=1`;
  const command = traced(folder, ['-P', path.join(' '), '-e', inject]);
  return {
    command,
    broker: runBy(folder, command),
    /** Whether any did. */
    hit: async (): Promise<boolean> =>
      (await readFile(folder.at('trace'), 'utf8')).includes('(INJECTED)'),
  };
}
