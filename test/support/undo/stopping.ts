import { readFile, writeFile } from 'node:fs/promises';
import type { Folder } from './folder.ts';
import { runBy } from './run-by.ts';

// Bash's DEBUG trap runs before each command, in functions and subshells, too. Before those that change something
// one more is counted; at the one that is asked for, everything is killed, as by a power cut, or what else `stop` says.
export const counted = (counter: string, stopAt: number, stop = 'kill -9 0'): string => `
set -o functrace
trap 'case $BASH_COMMAND in
  mv\\ * | rm\\ * | rmdir\\ * | mkdir\\ * | cp\\ * | ln\\ * | chmod\\ * | chown\\ * | sync\\ * | timeout\\ * | rename_over\\ * | *\\>*)
    printf . >>${counter}
    read -r seen <${counter} || :
    [ "\${#seen}" != ${stopAt} ] || ${stop}
esac' DEBUG
`;

/**
 * The same folder, where the next script ends before its command number `stopAt`. `seen` tells, after it, how many
 * commands that change something it has come to.
 */
export function stopping(folder: Folder, stopAt: number) {
  const counter = folder.at('counter');
  const command = async (script: string, words: string[]): Promise<string[]> => {
    await writeFile(counter, '');
    // With a socket for its input it would take itself for one that rshd has started (bash(1)).
    return ['bash', '--norc', '--posix', '-c', counted(counter, stopAt) + script, ...words];
  };
  return {
    command,
    broker: runBy(folder, command),
    seen: async (): Promise<number> => (await readFile(counter, 'utf8').catch(() => '')).length,
  };
}
