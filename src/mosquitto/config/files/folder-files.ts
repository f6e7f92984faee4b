import { posix } from 'node:path';
import { clean } from '../../../text/clean.ts';
import { type Gap, most } from '../model/gap.ts';
import { type ConfigurationFiles, mosquittoFolder, plainPath, withoutSlash } from './files.ts';
import { besideOf, isIn, leadsInside, namesIn, nothingThere, readInside } from './inside-folder.ts';
import { isUnmeant } from './unmeant-names.ts';

/**
 * A folder of this machine that stands for /etc/mosquitto. Nothing outside it is read: include
 * folders that are not in it are empty, and so is what is a link out of it, or cannot be read; each such gap is kept.
 * A folder that is elsewhere on the broker's machine (/mosquitto/config/conf.d in a container) is read where
 * one of that name is here. A folder that is not
 * there, under a name that is nobody's intention, is taken for what it is to the broker: none. Each thing is
 * looked at once: one audit sees one state.
 */
export function folderAsMosquitto(folder: string): ConfigurationFiles {
  const gaps = new Map<string, Gap>();
  /** Folders elsewhere, and where they are here. */
  const beside = new Map<string, string>();
  const lists = new Map<string, string[] | null>();
  const gap = (path: string, what: Gap['what'], detail?: string) =>
    gaps.set(path, { path, what, ...(detail === undefined ? {} : { detail }) });
  const inside = (path: string): string | null => {
    const normal = withoutSlash(posix.normalize(path));
    if (normal === mosquittoFolder) return folder;
    const own = beside.get(posix.dirname(normal));
    if (own !== undefined) return posix.join(own, posix.basename(normal));
    if (!normal.startsWith(`${mosquittoFolder}/`)) return null;
    return posix.join(folder, normal.slice(mosquittoFolder.length + 1));
  };
  /** What the system refuses us it need not refuse the broker: a gap. Null where the broker has nothing, either. */
  const orGap = async <T>(path: string, empty: T, look: () => Promise<T | null>) => {
    try {
      return await look();
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (nothingThere.has(code)) return null;
      if (code === '') throw error;
      gap(path, code === 'ELOOP' ? 'loop' : 'failed', refusals[code] ?? clean(code));
      return code === 'ELOOP' ? null : empty;
    }
  };
  const bytesOf = async (path: string, real: string): Promise<Uint8Array | null> => {
    const isListed = lists.get(posix.dirname(path))?.includes(posix.basename(path));
    if (isListed && !(await isIn(real))) {
      gap(path, 'gone');
      return nothing;
    }
    const found = await readInside(real, folder);
    if (found === null || found instanceof Uint8Array) return found;
    gap(path, found.what, found.detail);
    return nothing;
  };
  const namesOf = async (path: string, real: string): Promise<string[]> => {
    const names = await namesIn(real);
    if (names.length > most.names) gap(path, 'limit', `${most.names} names in a folder`);
    return names.slice(0, most.names);
  };
  const lookBeside = async (path: string): Promise<string[]> => {
    const found = await besideOf(path, folder);
    if (found === null) {
      gap(path, 'elsewhere');
      return [];
    }
    beside.set(withoutSlash(posix.normalize(path)), found);
    gap(path, 'beside', found);
    return namesOf(path, found);
  };
  const namesAt = async (path: string): Promise<string[] | null> => {
    const real = inside(path);
    if (real === null) return isUnmeant(path) ? null : lookBeside(path);
    if (await isIn(real)) {
      if (await leadsInside(real, folder)) return namesOf(path, real);
      gap(path, 'link');
      return [];
    }
    // Asked for as a file before, or meant by nobody.
    if (files.has(path) || isUnmeant(path)) return null;
    // The copy may be without it: git keeps no empty folders, and not everybody copies all.
    gap(path, 'missing');
    return [];
  };
  const files = new Map<string, Uint8Array | null>();
  return {
    nameOf: async (path) => plainPath(path),
    gaps: () => [...gaps.values()],
    async isThere(path) {
      const real = inside(path);
      return real !== null && (await orGap(path, true, () => isIn(real))) === true;
    },
    async read(path) {
      const known = files.get(path);
      if (known !== undefined) return known;
      const real = inside(path);
      const bytes = real === null ? null : await orGap(path, nothing, () => bytesOf(path, real));
      files.set(path, bytes);
      return bytes;
    },
    async list(path) {
      const known = lists.get(path);
      if (known !== undefined) return known;
      const names = await orGap(path, [], () => namesAt(path));
      lists.set(path, names);
      return names;
    },
  };
}

const nothing = new Uint8Array(0);

const refusals: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'the name is too long',
  EIO: 'the disk has a fault',
};
