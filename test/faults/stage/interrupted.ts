import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ended, type ProgramResult } from '../../support/hosts/program.ts';
import { launcher } from '../../support/program/lockstep.ts';
import type { Stage } from './stage.ts';

/** A run of the real program, and a way to do something to it when it has said so much. */
export interface Interruption {
  lines: string[];
  /** Gives whether it was there to take it. */
  kill(signal: NodeJS.Signals): boolean;
  /** Whether it has not ended yet. */
  running(): boolean;
}

/**
 * `run --json`, or these words, to its end. `at` is called with each line, and is waited for before the end counts, and
 * with an empty one at the start. What hangs is killed after so many seconds, and then has no exit status.
 */
export async function runInterrupted(
  stage: Stage,
  at: (line: string, run: Interruption) => unknown,
  seconds = 120,
  command: readonly string[] = ['run', '--json'],
): Promise<ProgramResult & { seconds: number }> {
  const words = [launcher, ...command, ...stage.how];
  const env = stage.home.environment;
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const begun = performance.now();
  const run: Interruption = {
    lines: [],
    kill: (signal) => child.kill(signal),
    running: () => child.exitCode === null && child.signalCode === null,
  };
  const done: unknown[] = [];
  done.push(at('', run));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    run.lines.push(line);
    done.push(at(line, run));
  });
  const late = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  await ended(child);
  clearTimeout(late);
  await Promise.all(done);
  const stdout = `${run.lines.join('\n')}\n`;
  const took = (performance.now() - begun) / 1000;
  return { code: child.exitCode, stdout, stderr, bytes: Buffer.from(stdout), seconds: took };
}
