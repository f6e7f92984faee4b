import { execFileSync } from 'node:child_process';
import { leftToDo } from '../../../src/undo/put-back/left-to-do.ts';
import type { Replay } from '../../../src/undo/put-back/replay.ts';

/** Does what is told to be done by hand; `told` are the paths that are to be put right from elsewhere. */
export function byHand(replay: Replay, state: string): { lines: string[]; told: string[] } {
  const lines = leftToDo(replay, state, 'true');
  for (const line of lines.filter((one) => !one.startsWith('#'))) {
    // A folder in which something else is stays.
    const typed = line.replace(/^sudo (rmdir \S+)/, '$1 2>/dev/null || :').replace(/^sudo /, '');
    execFileSync('sh', ['-euc', typed]);
  }
  const told = lines.flatMap((line) => /^# What was kept of (\S+) is /.exec(line)?.[1] ?? []);
  return { lines, told };
}
