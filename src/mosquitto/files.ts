import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { isThere, isUnmeant } from './unmeant-names.ts';

/** Where configuration files come from: a host, a folder, or a test's own map. */
export interface ConfigurationFiles {
  /** The bytes of a file, or null when there is none (or it is a folder). */
  read(path: string): Promise<Uint8Array | null>;
  /** The names in a folder in any order, or null when there is no such folder. */
  list(folder: string): Promise<string[] | null>;
  /**
   * The one name of a folder, however it is spelt: without what the kernel passes over, absolute where it
   * is known from where relative names count. Two names of one folder are two folders to whoever compares
   * names, and a file in it is read, written or counted twice.
   */
  nameOf(folder: string): Promise<string>;
  /** Whether a file is there, for a name that nobody means; absent where the folder's list tells it. */
  isThere?(path: string): Promise<boolean>;
  /** What was asked for so far and is elsewhere; absent where everything can be read. */
  gaps?(): Gap[];
}

/** A path without what the kernel passes over: `//`, `/./`, a slash at its end. `..` stays: it may follow a link. */
export function plainPath(path: string): string {
  const parts = path
    .split('/')
    .filter((part, index) => (part !== '' || index === 0) && part !== '.');
  return parts.length === 0 ? '.' : parts.join('/') || '/';
}

/** Something that a folder which stands for /etc/mosquitto does not hold under its own name. */
export interface Gap {
  /** As the configuration names it. */
  path: string;
  /**
   * `elsewhere`: a folder outside; `link`: a link that leads out, or to nothing that is here; `missing`: a
   * folder that would be inside, which the copy may be without. These are taken to be empty. `beside`: a folder
   * outside, but one of its name is inside and was read.
   */
  what: 'elsewhere' | 'link' | 'beside' | 'missing';
  /** The folder that was read in its place. */
  read?: string;
}

/** The folder in which every path of a Debian configuration begins. */
export const mosquittoFolder = '/etc/mosquitto';

/** Files given as path and content. Folders are where files are. */
export function filesFrom(content: Record<string, string | Uint8Array>): ConfigurationFiles {
  const bytes = Object.entries(content).map(([path, text]): [string, Uint8Array] => [
    path,
    typeof text === 'string' ? Buffer.from(text) : text,
  ]);
  const nothing: ConfigurationFiles = {
    read: async () => null,
    list: async () => null,
    // Here are no links, and the broker's working folder is the root.
    nameOf: async (folder) => posix.resolve('/', folder),
  };
  return overlay(nothing, new Map(bytes));
}

/**
 * `files` as they would be with some files written (bytes) or removed (null): how a candidate
 * configuration is read before it is installed.
 */
export function overlay(
  files: ConfigurationFiles,
  changes: ReadonlyMap<string, Uint8Array | null>,
): ConfigurationFiles {
  const changed = new Map([...changes].map(([path, bytes]) => [posix.normalize(path), bytes]));
  return {
    nameOf: (folder) => files.nameOf(folder),
    async isThere(path) {
      const normal = posix.normalize(path);
      const bytes = changed.get(normal);
      if (bytes !== undefined) return bytes !== null;
      const inside = [...changed].some(([one, its]) => its && one.startsWith(`${normal}/`));
      return inside || isThere(files, path);
    },
    async read(path) {
      const bytes = changed.get(posix.normalize(path));
      return bytes === undefined ? files.read(path) : bytes;
    },
    async list(folder) {
      const there = await files.list(folder);
      const inside = withoutSlash(posix.normalize(folder));
      const names = new Set(there ?? []);
      let exists = there !== null;
      for (const [path, bytes] of changed) {
        if (bytes !== null && path.startsWith(`${inside}/`)) {
          names.add(path.slice(inside.length + 1).split('/')[0] ?? '');
          exists = true;
        } else if (bytes === null && posix.dirname(path) === inside) {
          names.delete(posix.basename(path));
        }
      }
      return exists ? [...names] : null;
    },
  };
}

/**
 * A folder of this machine that stands for /etc/mosquitto. Nothing outside it is read: include
 * folders that are not in it are empty, and so is what is a link out of it; each such gap is kept.
 * A folder that is elsewhere on the broker's machine (/mosquitto/config/conf.d in a container) is read where
 * one of that name is here. A folder that is not
 * there, under a name that is nobody's intention, is taken for what it is to the broker: none.
 */
export function folderAsMosquitto(folder: string): ConfigurationFiles {
  const gaps = new Map<string, Gap>();
  /** Folders elsewhere, and where they are here. */
  const beside = new Map<string, string>();
  const inside = (path: string): string | null => {
    const normal = withoutSlash(posix.normalize(path));
    if (normal === mosquittoFolder) return folder;
    const own = beside.get(posix.dirname(normal));
    if (own !== undefined) return posix.join(own, posix.basename(normal));
    if (!normal.startsWith(`${mosquittoFolder}/`)) return null;
    return posix.join(folder, normal.slice(mosquittoFolder.length + 1));
  };
  const lookBeside = async (path: string): Promise<string[]> => {
    const found = await besideOf(path, folder);
    if (found === null) {
      gaps.set(path, { path, what: 'elsewhere' });
      return [];
    }
    beside.set(withoutSlash(posix.normalize(path)), found);
    gaps.set(path, { path, what: 'beside', read: found });
    return (await orNull(readdir(found))) ?? [];
  };
  return {
    nameOf: async (path) => plainPath(path),
    gaps: () => [...gaps.values()],
    async isThere(path) {
      const real = inside(path);
      return real !== null && (await orNull(lstat(real))) !== null;
    },
    async read(path) {
      const real = inside(path);
      if (real === null) return null;
      const bytes = await orNull(readInside(real, folder));
      if (bytes !== 'outside') return bytes;
      gaps.set(path, { path, what: 'link' });
      return new Uint8Array(0);
    },
    async list(path) {
      const real = inside(path);
      if (real === null) return isUnmeant(path) ? null : lookBeside(path);
      const there = await orNull(lstat(real));
      if (there !== null) {
        if (await leadsInside(real, folder)) return orNull(readdir(real));
        gaps.set(path, { path, what: 'link' });
        return [];
      }
      if (isUnmeant(path)) return null;
      // The copy may be without it: git keeps no empty folders, and not everybody copies all.
      gaps.set(path, { path, what: 'missing' });
      return [];
    },
  };
}

/** The folder inside that has the most last names in common with a path elsewhere, or null. */
async function besideOf(path: string, folder: string): Promise<string | null> {
  const names = path.split('/').filter((name) => !['', '.', '..'].includes(name));
  for (let first = 0; first < names.length; first += 1) {
    const candidate = posix.join(folder, ...names.slice(first));
    if ((await orNull(lstat(candidate)))?.isDirectory()) return candidate;
  }
  return null;
}

/** What no configuration file reaches; one byte more shows that there is more. */
const most = (1 << 20) + 1;

/** Whether what is there lies in the folder, links followed; one to nothing leads elsewhere on the broker. */
async function leadsInside(path: string, folder: string): Promise<boolean> {
  const [target, root] = await Promise.all([orNull(realpath(path)), realpath(folder)]);
  return target !== null && `${target}/`.startsWith(`${root}/`);
}

async function readInside(path: string, folder: string): Promise<Uint8Array | 'outside' | null> {
  await lstat(path);
  if (!(await leadsInside(path, folder))) return 'outside';
  const target = await realpath(path);
  // Opening a pipe would wait for somebody to write to it.
  if (!(await stat(target)).isFile()) return null;
  const file = await open(target);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    throw error;
  }
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
