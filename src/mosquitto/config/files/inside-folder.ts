import { constants, type Stats } from 'node:fs';
import { lstat, open, opendir, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { type Gap, most } from '../model/gap.ts';

/** By these nothing is there, or nothing of that kind. */
export const nothingThere: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/** The folder inside that has the most last names in common with a path elsewhere, or null. */
export async function besideOf(path: string, folder: string): Promise<string | null> {
  const names = path.split('/').filter((name) => !['', '.', '..'].includes(name));
  for (let first = 0; first < names.length; first += 1) {
    const candidate = posix.join(folder, ...names.slice(first));
    const isFolder = await lstat(candidate).then(
      (facts) => facts.isDirectory(),
      () => false,
    );
    if (isFolder && (await leadsInside(candidate, folder))) return candidate;
  }
  return null;
}

/** Whether a name is there, whatever it is. */
export const isIn = async (path: string): Promise<boolean> => (await orNull(lstat(path))) !== null;

/** Whether what is there lies in the folder, links followed; one to nothing leads elsewhere on the broker. */
export async function leadsInside(path: string, folder: string): Promise<boolean> {
  const [target, root] = await Promise.all([orNull(realpath(path)), realpath(folder)]);
  return target !== null && `${target}/`.startsWith(`${root}/`);
}

/** The bytes of a file, null where it is none, or why it is not read. Rejects with what the system says. */
export async function readInside(
  path: string,
  folder: string,
): Promise<Uint8Array | null | Pick<Gap, 'what' | 'detail'>> {
  await lstat(path);
  if (!(await leadsInside(path, folder))) return { what: 'link' };
  const target = await realpath(path);
  // Opening a pipe would wait for somebody to write to it, and a device may do something.
  const kind = specialKind(await stat(target));
  if (kind !== null) return { what: 'special', detail: kind };
  const file = await open(target, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    // It may be another by now.
    const facts = await file.stat();
    if (!facts.isFile()) return null;
    if (facts.size > most.fileBytes) return { what: 'large' };
    const length = facts.size;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function specialKind(facts: Stats): string | null {
  if (facts.isFIFO()) return 'a named pipe';
  if (facts.isSocket()) return 'a socket';
  return facts.isCharacterDevice() || facts.isBlockDevice() ? 'a device' : null;
}

/** The names in a folder, one more than the most where there are more. */
export async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(folder)) {
    names.push(name);
    if (names.length > most.names) break;
  }
  return names;
}

const orNull = <T>(promise: Promise<T>): Promise<T | null> =>
  promise.catch((error: NodeJS.ErrnoException) => {
    if (nothingThere.has(error.code ?? '')) return null;
    throw error;
  });
