import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { givenFor, readGiven } from '../../src/this-machine/given-file.ts';

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

/** As a secret is read, with limits in seconds. */
const read = (path: string, silence = 10, whole = 60) =>
  readGiven(path, givenFor.secret, { silence, whole });

const bytes = fc.array(fc.string({ minLength: 1, unit: 'grapheme-ascii' }), { minLength: 1 });

test('what comes by a pipe is read to its end, as is what stands in a file', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, async (parts) => {
      const [come] = await Promise.all([read(pipe), writes(parts, 0)]);
      expect(come.toString()).toBe(parts.join(''));
      await writeFile(join(folder, 'file'), parts.join(''));
      expect((await read(join(folder, 'file'))).toString()).toBe(parts.join(''));
    }),
    { numRuns: 20 },
  );
  expect(await read('/dev/null')).toEqual(Buffer.alloc(0));
});

test('whoever is slow and alive is waited for, longer than any silence', async () => {
  const [come] = await Promise.all([read(pipe, 1), writes(['a', 'b', 'c', 'd'], 0.5)]);
  expect(come.toString()).toBe('abcd');
});

test('a pipe into which nobody writes, or nobody any more, is not waited for', async () => {
  const silent = { kind: 'timeout', message: expect.stringContaining('nothing came from it') };
  await expect(read(pipe, 0.2)).rejects.toMatchObject(silent);
  const stopped = spawn('sh', ['-c', 'exec >"$1"; printf half; exec sleep 60', 'sh', pipe]);
  await expect(read(pipe, 0.5)).rejects.toMatchObject(silent);
  stopped.kill('SIGKILL');
  await once(stopped, 'close');
});

test('a pipe that never comes to its end is read for so long, however often something comes', async () => {
  const drip = spawn('sh', ['-c', 'exec >"$1"; while :; do printf x; sleep 0.1; done', 'sh', pipe]);
  await expect(read(pipe, 10, 1)).rejects.toMatchObject({
    kind: 'timeout',
    message: expect.stringContaining('has not come to its end within 1 seconds'),
  });
  drip.kill('SIGKILL');
  await once(drip, 'close');
});

test.each(Object.entries(givenFor))('no more is read of what never ends: %s', async (_, of) => {
  const refused = {
    message: expect.stringContaining(`is longer than any ${of.what}`),
    likely: expect.stringContaining('never ends'),
    exitCode: 2,
  };
  // Each limit in bytes is met long before those in time.
  const limits = { silence: 60, whole: 60 };
  await expect(readGiven('/dev/zero', of, limits)).rejects.toMatchObject(refused);
  const flood = spawn('sh', ['-c', 'exec >"$1" yes', 'sh', pipe]);
  await expect(readGiven(pipe, of, limits)).rejects.toMatchObject(refused);
  // Nobody reads it any more: it ends by itself.
  if (flood.exitCode === null && flood.signalCode === null) await once(flood, 'close');
  const file = join(folder, 'file');
  await writeFile(file, '');
  await truncate(file, of.most * 1024);
  expect(await readGiven(file, of, limits)).toHaveLength(of.most * 1024);
  await truncate(file, of.most * 1024 + 1);
  await expect(readGiven(file, of, limits)).rejects.toMatchObject(refused);
});

test('a folder, and what is not there, are told as by the system', async () => {
  await expect(read(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(read(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
