import { readFile, writeFile } from 'node:fs/promises';
import type { Folder } from './folder.ts';
import { runBy } from './run-by.ts';

// Bash's DEBUG trap runs before each command, in functions and subshells, too. Before those that change something
// one more is counted; at the one that is asked for, everything is killed, as by a power cut.
const counted = (counter: string, stopAt: number): string => `
set -o functrace
trap 'case $BASH_COMMAND in
  mv\\ * | rm\\ * | rmdir\\ * | mkdir\\ * | cp\\ * | ln\\ * | chmod\\ * | chown\\ * | sync\\ * | timeout\\ * | rename_over\\ * | *\\>*)
    printf . >>${counter}
    read -r seen <${counter} || :
    [ "\${#seen}" != ${stopAt} ] || kill -9 0
esac' DEBUG
`;

/** A script by a shell that ends before its command number `stopAt` of those that change something. */
export const stoppedAt = (folder: Folder, script: string, stopAt: number): string[] => [
  ...['bash', '--posix', '-c', counted(folder.at('counter'), stopAt) + script],
];

/**
 * The same folder, where the next script ends before its command number `stopAt`. `seen` tells, after it, how many
 * commands that change something it has come to.
 */
export function stopping(folder: Folder, stopAt: number) {
  const counter = folder.at('counter');
  return {
    seen: async (): Promise<number> => (await readFile(counter, 'utf8').catch(() => '')).length,
    broker: runBy(folder, async (script, words) => {
      await writeFile(counter, '');
      return [...stoppedAt(folder, script, stopAt), ...words];
    }),
  };
}
