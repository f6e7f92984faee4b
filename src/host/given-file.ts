import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { clean } from '../clean.ts';
import { HostError } from './host.ts';

/** A program that writes into a pipe may ask somebody first, for the passphrase of a key perhaps. */
const silenceSeconds = 60;

/**
 * The bytes of a file that somebody named. It may be a pipe (`<(pass show broker)`), which is read to its end: HostError
 * `timeout` where nothing comes. Rejects with system errors, as `readFile`.
 */
export async function readGiven(path: string, seconds = silenceSeconds): Promise<Buffer> {
  // Without waiting: to open a pipe that nobody writes into would keep us, and our end, for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    if (facts.isFIFO()) return await piped(file, path, seconds);
    if (facts.isFile()) return await file.readFile();
  } finally {
    await file.close();
  }
  // A terminal, where somebody types; a folder; or nothing at all (/dev/null).
  return readFile(path);
}

async function piped(file: FileHandle, path: string, seconds: number): Promise<Buffer> {
  const come: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  // What was handed down to us has its writer; into what has a name somebody may begin to write later.
  let begun = /^\/(dev|proc)\//.test(path);
  let heard = performance.now();
  while (performance.now() - heard < seconds * 1000) {
    const length = await lengthRead(file, buffer);
    if (length === 0 && begun) return Buffer.concat(come);
    if (length === null || length > 0) begun = true;
    if (length) {
      come.push(Buffer.from(buffer.subarray(0, length)));
      heard = performance.now();
    } else await wait(20);
  }
  throw new HostError('timeout', `${clean(path)} is a pipe, and nothing came from it.`, {
    likely: `Nobody has written into it within ${seconds} seconds, or whoever does has stopped.`,
    next: 'Name a file; or start what writes into the pipe.',
  });
}

/** Null: somebody is there who may write, and has not yet. */
async function lengthRead(file: FileHandle, buffer: Buffer): Promise<number | null> {
  try {
    return (await file.read(buffer, 0, buffer.length, null)).bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null;
    throw error;
  }
}
