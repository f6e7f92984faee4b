import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';

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
}

/** A path without what the kernel passes over: `//`, `/./`, a slash at its end. `..` stays: it may follow a link. */
export function plainPath(path: string): string {
  const parts = path
    .split('/')
    .filter((part, index) => (part !== '' || index === 0) && part !== '.');
  return parts.length === 0 ? '.' : parts.join('/') || '/';
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
 * folders that are not in it are empty, and so is a file that is a link out of it. A folder that is not
 * there, under a name that is nobody's intention, is taken for what it is to the broker: none.
 */
export function folderAsMosquitto(folder: string): ConfigurationFiles {
  const inside = (path: string): string | null => {
    const normal = withoutSlash(posix.normalize(path));
    if (normal === mosquittoFolder) return folder;
    if (!normal.startsWith(`${mosquittoFolder}/`)) return null;
    return posix.join(folder, normal.slice(mosquittoFolder.length + 1));
  };
  return {
    nameOf: async (path) => plainPath(path),
    async read(path) {
      const real = inside(path);
      return real === null ? null : await orNull(readInside(real, folder));
    },
    async list(path) {
      const real = inside(path);
      const missing = isNobodysFolder(path) ? null : [];
      if (real === null) return missing;
      const names = await orNull(readdir(real));
      // A folder that is missing counts as empty (git keeps no empty ones); a file is no folder.
      return names ?? ((await orNull(lstat(real))) === null ? missing : null);
    },
  };
}

/** A comment behind the name, quotes around it, blanks at its ends: all are part of it to the broker. */
function isNobodysFolder(path: string): boolean {
  return path !== path.trim() || /\s#|^["']|["']$|\p{Cc}/u.test(path);
}

/** What no configuration file reaches; one byte more shows that there is more. */
const most = (1 << 20) + 1;

async function readInside(path: string, folder: string): Promise<Uint8Array | null> {
  const target = await realpath(path);
  if (!target.startsWith(`${await realpath(folder)}/`)) return new Uint8Array(0);
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
