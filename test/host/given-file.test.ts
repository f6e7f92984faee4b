import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readGiven } from '../../src/host/given-file.ts';

let folder: string;
let pipe: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-given-'));
  pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Somebody who opens the pipe, writes each of these with a pause before it, and goes. */
async function writes(parts: readonly string[], pause: number): Promise<void> {
  const script =
    'exec >"$1"; pause=$2; shift 2; for part do sleep "$pause"; printf %s "$part"; done';
  const words = ['-c', script, 'sh', pipe, String(pause), ...parts];
  await once(spawn('sh', words, { stdio: 'ignore' }), 'close');
}

const bytes = fc.array(fc.string({ minLength: 1, unit: 'grapheme-ascii' }), { minLength: 1 });

test('what comes by a pipe is read to its end, as is what stands in a file', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, async (parts) => {
      const [read] = await Promise.all([readGiven(pipe, 10), writes(parts, 0)]);
      expect(read.toString()).toBe(parts.join(''));
      await writeFile(join(folder, 'file'), parts.join(''));
      expect((await readGiven(join(folder, 'file'))).toString()).toBe(parts.join(''));
    }),
    { numRuns: 20 },
  );
  expect(await readGiven('/dev/null')).toEqual(Buffer.alloc(0));
});

test('whoever is slow and alive is waited for, longer than any silence', async () => {
  const [read] = await Promise.all([readGiven(pipe, 1), writes(['a', 'b', 'c', 'd'], 0.5)]);
  expect(read.toString()).toBe('abcd');
});

test('a pipe into which nobody writes, or nobody any more, is not waited for', async () => {
  const silent = { kind: 'timeout', message: expect.stringContaining('nothing came from it') };
  await expect(readGiven(pipe, 0.2)).rejects.toMatchObject(silent);
  const stopped = spawn('sh', ['-c', 'exec >"$1"; printf half; exec sleep 60', 'sh', pipe]);
  await expect(readGiven(pipe, 0.5)).rejects.toMatchObject(silent);
  stopped.kill('SIGKILL');
  await once(stopped, 'close');
});

test('a folder, and what is not there, are told as by the system', async () => {
  await expect(readGiven(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(readGiven(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
