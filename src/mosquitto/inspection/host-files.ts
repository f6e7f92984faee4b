import { posix } from 'node:path';
import { HostError } from '../../errors/host-error.ts';
import { Trouble } from '../../errors/trouble.ts';
import type { Host } from '../../host/api/host.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import type { ConfigurationFiles } from '../config/files/files.ts';
import { seenFrom } from '../config/files/working-folder.ts';
import type { Gap } from '../config/model/gap.ts';
import type { Layout } from '../service/broker.ts';
import { FolderNames } from './folder-names.ts';

/** The whole of it, encoded. */
const mostBytes = 32 * 1024 * 1024;

/**
 * A host's configuration files for the reader: the tree below `folder` is fetched at once, as root
 * (a configuration may be readable by root alone); what is included from elsewhere, when it is asked
 * for. What was read is kept, so that one look sees one state. The folder of `access`, and what is in
 * `folder`, are called so, by whatever way a configuration gets there. What is there and cannot be read is a gap;
 * that the host cannot be reached rejects.
 */
export async function hostFiles(
  host: Host,
  { folder, access, cwd }: Pick<Layout, 'folder' | 'access' | 'cwd'>,
): Promise<ConfigurationFiles> {
  const files = new Map<string, Buffer | null>();
  const folders = new Map<string, string[] | null>();
  const leads = new Map<string, string>();
  const gaps = new Map<string, Gap>();
  const { stdout, truncated } = await host.run(scriptCommand('mosquitto/configuration', folder), {
    root: true,
    doing: 'Reading the configuration',
    limit: mostBytes,
  });
  if (truncated) throw tooLarge(host.name, folder);
  for (const line of stdout.split('\n')) {
    const [kind, name = '', data = ''] = line.split('\t');
    const path = Buffer.from(name, 'base64').toString();
    const bytes = Buffer.from(data, 'base64');
    // One that was not is asked for by itself, and told as what it is.
    if (kind === 'F' && bytes.at(-1) === 0x2e) files.set(path, bytes.subarray(0, -1));
    if (kind === 'D') folders.set(path, bytes.toString().split('\0').filter(Boolean));
    if (kind === 'R') leads.set(path, bytes.toString());
  }
  const names = new FolderNames(host, [posix.dirname(access), folder], leads);
  const at = (path: string) => seenFrom(cwd, path);
  const orGap = async <T>(path: string, empty: T, look: () => Promise<T | null>) => {
    try {
      return await look();
    } catch (error) {
      const gap = gapOf(path, error);
      gaps.set(path, gap);
      return gap.what === 'loop' ? null : empty;
    }
  };
  const list = async (path: string): Promise<string[] | null> => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const names = await orGap(path, [], () => host.list(path, { root: true }));
    folders.set(path, names);
    return names;
  };
  const bytesOf = async (path: string): Promise<Buffer | null> => {
    const bytes = await host.read(path, { root: true }).catch(async (error: unknown) => {
      if (gapOf(path, error).what !== 'special' || (await list(path)) === null) throw error;
      return null;
    });
    const isListed = folders.get(posix.dirname(path))?.includes(posix.basename(path));
    if (bytes !== null || !isListed) return bytes;
    // A link to nothing is still there.
    const [facts] = await host.stat([path], { root: true });
    if (facts) return null;
    gaps.set(path, { path, what: 'gone' });
    return Buffer.alloc(0);
  };
  return {
    gaps: () => [...gaps.values()],
    nameOf: (path) => names.of(at(path), folders.has(at(path))),
    async read(given) {
      const path = at(given);
      const known = files.get(path);
      if (known !== undefined) return known;
      const bytes = folders.get(path)
        ? null
        : await orGap(path, Buffer.alloc(0), () => bytesOf(path));
      files.set(path, bytes);
      return bytes;
    },
    list: (path) => list(at(path)),
  };
}

/** What the host's own words say of a path that could not be read; throws what says nothing of it. */
function gapOf(path: string, error: unknown): Gap {
  if (!(error instanceof HostError) || !/^(failed|permission|not-found)$/.test(error.kind))
    throw error;
  const { detail } = error;
  if (/larger than/.test(detail)) return { path, what: 'large' };
  if (/Too many levels of symbolic links/.test(detail)) return { path, what: 'loop' };
  if (/Not a regular file/.test(detail))
    return { path, what: 'special', detail: 'a pipe, a socket or a device' };
  return { path, what: 'failed', detail: detail || error.message };
}

function tooLarge(name: string, folder: string): Trouble {
  return new Trouble(`The configuration on ${clean(name, 80)} is too large to be read.`, {
    likely: `Something that is no configuration is in ${clean(folder)}, or that machine is not to be trusted.`,
    next: `Look at what is there: du -a ${clean(folder)} | sort -n | tail`,
  });
}
