import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { HostError } from '../errors/host-error.ts';
import { clean } from '../text/clean.ts';

/** What a file is named for: how much there may be in one, and what to do where there is more. */
export interface GivenFor {
  /** As in `longer than any file of answers`. */
  what: string;
  /** In KiB. */
  most: number;
  next: string;
}

const another = 'Look at what it is, and name the right one.';
const moveAway = 'Look at it, and put it right or move it away. Nothing was done.';

/** All that is read of what somebody named, here or in the configuration of SSH. */
export const givenFor = {
  secret: { what: 'file with a secret', most: 64, next: another },
  // As much as OpenSSH reads of one (MAX_KEY_FILE_SIZE in its authfile.c).
  key: { what: 'key', most: 1024, next: another },
  // Ten thousand clients, each with its name, machine and folder, and some.
  answers: {
    what: 'file of answers',
    most: 2 * 1024,
    next: '"lockstep answers" prints one to begin with; nothing was done.',
  },
  // A hundred thousand machines.
  knownHosts: { what: 'list of known hosts', most: 32 * 1024, next: moveAway },
  revokedKeys: { what: 'list of revoked keys', most: 32 * 1024, next: moveAway },
  sshConfiguration: { what: 'configuration of SSH', most: 1024, next: moveAway },
} as const satisfies Record<string, GivenFor>;

export interface GivenLimits {
  /** Seconds without a byte: a program that writes into a pipe may ask somebody first, for the passphrase of a key perhaps. */
  silence: number;
  /** Seconds for all of it. */
  whole: number;
}

const usual: GivenLimits = { silence: 60, whole: 120 };

/**
 * The bytes of a file that somebody named. It may be a pipe (`<(pass show broker)`), a terminal or a device, which is
 * read to its end: HostError `timeout` where nothing comes, or no end; `failed` where there is more than any such file
 * has. Rejects with system errors, as `readFile`.
 */
export async function readGiven(
  path: string,
  of: GivenFor,
  limits: GivenLimits = usual,
): Promise<Buffer> {
  // Without waiting: to open a pipe that nobody writes into would keep us, and our end, for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    if (facts.isFile() && facts.size > of.most * 1024) throw tooLong(path, of);
    return await toItsEnd(file, facts, path, of, limits);
  } finally {
    await file.close();
  }
}

async function toItsEnd(
  file: FileHandle,
  facts: Stats,
  path: string,
  of: GivenFor,
  limits: GivenLimits,
): Promise<Buffer> {
  const come: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  let bytes = 0;
  // What was handed down to us has its writer; into a pipe that has a name somebody may begin to write later.
  let begun = !facts.isFIFO() || /^\/(dev|proc)\//.test(path);
  const began = performance.now();
  let heard = began;
  const late = (since: number, seconds: number) => performance.now() - since >= seconds * 1000;
  while (!late(heard, limits.silence)) {
    if (late(began, limits.whole)) throw endless(path, facts, limits.whole);
    const length = await lengthRead(file, buffer);
    if (length === 0 && begun) return Buffer.concat(come);
    if (length === null || length > 0) begun = true;
    if (length) {
      bytes += length;
      if (bytes > of.most * 1024) throw tooLong(path, of);
      come.push(Buffer.from(buffer.subarray(0, length)));
      heard = performance.now();
    } else await wait(20);
  }
  throw silent(path, facts, limits.silence);
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

const kindOf = (facts: Stats): string =>
  facts.isFIFO() ? 'a pipe' : facts.isFile() ? 'a file' : 'a terminal or another device';

const nameAFile = 'Name a file; or start what writes into the pipe.';

function silent(path: string, facts: Stats, seconds: number): HostError {
  const what = `${clean(path)} is ${kindOf(facts)}, and nothing came from it.`;
  return new HostError('timeout', what, {
    likely: `Nobody has written into it within ${seconds} seconds, or whoever does has stopped.`,
    next: nameAFile,
  });
}

function endless(path: string, facts: Stats, seconds: number): HostError {
  const what = `${clean(path)} is ${kindOf(facts)}, and has not come to its end within ${seconds} seconds.`;
  return new HostError('timeout', what, {
    likely: 'Whoever writes into it goes on and on, or does not close it.',
    next: nameAFile,
  });
}

function tooLong(path: string, { what, most, next }: GivenFor): HostError {
  const size = most < 1024 ? `${most} KiB` : `${most / 1024} MiB`;
  return new HostError('failed', `${clean(path)} is longer than any ${what}.`, {
    likely: `It is another file, or one that never ends: at most ${size} of it are read.`,
    next,
    exitCode: 2,
  });
}
