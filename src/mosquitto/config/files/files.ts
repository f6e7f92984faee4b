import { posix } from 'node:path';
import type { Gap } from '../model/gap.ts';

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
  /** What was asked for so far and could not be read as it is; absent where everything can. */
  gaps?(): Gap[];
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
    gaps: () => (files.gaps?.() ?? []).filter(({ path }) => !changed.has(posix.normalize(path))),
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

/** A path without the slash at its end. */
export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Whether a file is there, with links or without. */
export async function isThere(files: ConfigurationFiles, path: string): Promise<boolean> {
  if (files.isThere !== undefined) return files.isThere(path);
  const names = await files.list(posix.dirname(path));
  return names?.includes(posix.basename(path)) ?? false;
}
