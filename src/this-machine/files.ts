import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostErrorKind } from '../errors/host-error.ts';
import { HostError } from '../errors/host-error.ts';
import { systemTrouble } from '../errors/system-trouble.ts';
import { Trouble } from '../errors/trouble.ts';
import { clean } from '../text/clean.ts';

// Files of the authority's folder, on this machine. A file is whole or not there: it is written
// under a temporary name, flushed, and then given its own name in one operation.

const temporary = /^\.lockstep-[0-9a-f]{16}\.part$/;

/** The error code of the operating system, or ''. */
export const errorCode = (error: unknown): string =>
  String((error as NodeJS.ErrnoException | undefined)?.code ?? '');

/** What is in a regular file, as text; null when there is nothing of that name. Throws a Trouble. */
export async function readText(path: string, limit?: number): Promise<string | null> {
  return (await readBytes(path, limit))?.toString('utf8') ?? null;
}

/** As `readBytes`, of a file that has to be there. */
export async function readNeeded(path: string): Promise<Buffer> {
  const bytes = await readBytes(path);
  if (bytes !== null) return bytes;
  throw new Trouble(`${clean(path)} is not there.`, {
    likely: 'It was moved or removed meanwhile.',
    next: 'See what became of it, then try again.',
  });
}

/** What is in a regular file; null when there is nothing of that name. Throws a Trouble, and never waits. */
export async function readBytes(path: string, limit = 65_536): Promise<Buffer | null> {
  let file: FileHandle;
  try {
    // Without waiting: a named pipe would keep us for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw diskTrouble(error, 'read', path);
  }
  try {
    const { size } = await regular(file, path);
    if (size > limit) {
      throw new Trouble(`${clean(path)} is too large (${size} bytes) to be what its name says.`);
    }
    return await file.readFile();
  } catch (error) {
    throw diskTrouble(error, 'read', path);
  } finally {
    await file.close();
  }
}

async function regular(file: FileHandle, path: string) {
  const facts = await file.stat();
  if (!facts.isFile())
    throw new Trouble(`${clean(path)} is not a regular file.`, {
      likely: 'A folder, a pipe or a device has its name.',
      next: 'Look at it (ls -ld) and move it away, then try again.',
    });
  return facts;
}

/** Puts a new file into place; never replaces one (then it throws a Trouble). */
export async function placeNew(folder: string, name: string, text: string, mode: number) {
  const path = join(folder, name);
  try {
    const part = await writePart(folder, text, mode);
    try {
      await giveName(part, path);
    } finally {
      await unlink(part).catch(() => {});
    }
    await syncFolder(folder);
  } catch (error) {
    throw diskTrouble(error, 'write', path);
  }
}

/** Puts a file into place, in one step, whether or not there is one. */
export async function replace(folder: string, name: string, text: string, mode: number) {
  const path = join(folder, name);
  try {
    const part = await writePart(folder, text, mode);
    try {
      await rename(part, path);
    } catch (error) {
      await unlink(part).catch(() => {});
      throw error;
    }
    await syncFolder(folder);
  } catch (error) {
    throw diskTrouble(error, 'write', path);
  }
}

/** Gives a whole file a second name, which must be free (else EEXIST). Raises system errors. */
export async function giveName(path: string, name: string): Promise<void> {
  try {
    await link(path, name);
  } catch (error) {
    // Some file systems (exFAT on a stick) have no second names.
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(errorCode(error))) throw error;
    if (await exists(name)) throw Object.assign(new Error('exists'), { code: 'EEXIST' });
    await rename(path, name);
  }
}

/** Whether there is anything of that name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw diskTrouble(error, 'read', path);
  }
}

/** Writes and flushes a file that must not be there yet. Raises system errors; then it is not there. */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', 0o600); // nobody reads over our shoulder, whatever it is
  try {
    await file.writeFile(text);
    await file.chmod(mode);
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await unlink(path).catch(() => {});
    throw error;
  }
}

async function writePart(folder: string, text: string, mode: number): Promise<string> {
  const path = join(folder, `.lockstep-${randomBytes(8).toString('hex')}.part`);
  await writeWhole(path, text, mode);
  return path;
}

/** Makes names in a folder last through a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    // Not every file system can (EINVAL); a full or failing one says so.
    if (errorCode(error) !== 'EINVAL') throw error;
  } finally {
    await handle.close();
  }
}

/** Removes what an interrupted write has left behind. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (temporary.test(name)) await unlink(join(folder, name)).catch(() => {});
  }
}

/** Whether a name is one of ours for a file half written. */
export const isPart = (name: string): boolean => temporary.test(name);

const kinds: Record<string, HostErrorKind> = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EROFS: 'read-only',
  EACCES: 'permission',
  EPERM: 'permission',
};

const words: Partial<Record<HostErrorKind, { likely: string; next: string }>> = {
  'no-space': {
    likely: 'The disk is full, or your share of it is.',
    next: 'Free some space, then go on: nothing is half-done.',
  },
  'read-only': {
    likely: 'That disk may only be read.',
    next: 'Choose another folder, or make the disk writable.',
  },
  permission: {
    likely: 'The folder or file belongs to somebody else.',
    next: 'Choose a folder of your own, or have its owner and mode put right.',
  },
};

/** A system error in plain words; anything else is given back as it is. */
export function diskTrouble(error: unknown, doing: 'read' | 'write', path: string): unknown {
  const code = errorCode(error);
  if (error instanceof Trouble || !/^E[A-Z0-9]+$/.test(code)) return error;
  const kind = kinds[code] ?? 'failed';
  const what = `${clean(path)} cannot be ${doing === 'read' ? 'read' : 'written'} (${code}).`;
  const exists = {
    likely: 'Another program has put a file there.',
    next: 'Look at it, then try again.',
  };
  const more = code === 'EEXIST' ? exists : (words[kind] ?? systemTrouble(error));
  return new HostError(kind, what, {
    likely: more?.likely ?? '',
    next: more?.next ?? '',
    cause: error,
  });
}
