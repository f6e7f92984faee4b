import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { ended } from '../hosts/program.ts';
import { type Home, launcher } from './lockstep.ts';

/** Options with which an unproved change goes back after so many seconds. */
export async function goesBackAfter(seconds: number, home: Home): Promise<string[]> {
  const file = join(home.folder, 'answers.yaml');
  await writeFile(file, `undoAfterSeconds: ${seconds}\n`);
  return ['--answers', file];
}

/** A set-up whose program is killed once the broker has been restarted, before it is proved. */
export async function killedBeforeTheProof(home: Home, words: string[]): Promise<void> {
  const argv = [launcher, 'run', '--json', ...words];
  const child = spawn(process.execPath, argv, {
    env: home.environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('"action":"restart"')) child.kill('SIGKILL');
  });
  await ended(child);
  expect(child.signalCode).toBe('SIGKILL');
}
