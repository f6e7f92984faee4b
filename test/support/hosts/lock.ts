import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ended } from './program.ts';

/**
 * A file lock that the kernel gives back whatever happens to us: flock(1) takes it and keeps it
 * for as long as its `cat` waits on a pipe from this process.
 */
export interface Lock {
  release(): Promise<void>;
}

/** Waits for the lock on a file, which is made when missing. */
export async function lock(file: string): Promise<Lock> {
  const child = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if ((await firstWords(child)) === null) throw new Error(`cannot lock ${file}`);
  return {
    async release() {
      child.stdin.end();
      await ended(child);
    },
  };
}

/** What the child first wrote to its standard output, or null when it ended without a word. */
export async function firstWords(child: ChildProcess): Promise<string | null> {
  if (!child.stdout) return null;
  const quit = new AbortController();
  const { signal } = quit;
  const spoke = once(child.stdout, 'data', { signal }).then(([chunk]) => String(chunk));
  const gone = once(child, 'close', { signal }).then(() => null);
  const first = await Promise.race([spoke, gone]);
  await Promise.allSettled([spoke, gone, quit.abort()]);
  return first;
}
