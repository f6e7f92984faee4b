import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { diskTrouble } from '../../src/errors/disk-trouble.ts';
import { Trouble } from '../../src/errors/trouble.ts';
import { decode, idPattern, type Site, siteSchema, siteVersion } from '../site/site.ts';
import { privateFolder } from './folder.ts';
import { encode, type RecordFile, readRecord, removeRecord, writeRecord } from './record.ts';

/**
 * What Lockstep remembers, in a folder of this user: one file for each site, so that two programs on
 * two sites never meet. Everything is read from the disk when it is asked for. A site should be
 * locked (`lockSite`) before it is read to be worked on, and until it is saved for the last time.
 *
 * Everything throws a Trouble when the disk or a newer version is in the way.
 */
export interface Store {
  /** All sites that can be read, the last updated first. The others are in `notes`. */
  sites(): Site[];
  /** One site, or null when nothing (readable) is remembered of it. */
  site(id: string): Site | null;
  /** Remembers a site. When it resolves, the site is on the disk, read back and compared. */
  save(site: Site): Promise<void>;
  /** Forgets a site. */
  remove(id: string): Promise<void>;
  /** The site that was worked on last, or null. */
  current(): string | null;
  setCurrent(id: string | null): Promise<void>;
  /** What the user should know about the store itself: one sentence each, ready to show. */
  notes(): string[];
}

const currentSchema = z.object({
  schema: z.literal(siteVersion),
  id: z.string().regex(idPattern).nullable(),
});

/** Opens the store in this folder, which is made (0700) when it is not there. */
export async function openStore(folder: string): Promise<Store> {
  const siteFolder = join(folder, 'sites');
  privateFolder(folder);
  privateFolder(siteFolder);
  for (const each of [folder, siteFolder]) removeLeftOvers(each);

  const notes = new Set<string>();
  const note = (text: string): void => void notes.add(text);

  const currentFile: RecordFile<z.infer<typeof currentSchema>> = {
    path: join(folder, 'current.json'),
    what: 'Which site was worked on last',
    decode: (bytes) => decode(bytes, currentSchema),
    shared: true,
  };

  function fileOf(id: string): RecordFile<Site> {
    if (!idPattern.test(id)) throw new Error('not the id of a site');
    return {
      path: join(siteFolder, `${id}.json`),
      what: `What is remembered about ${id}`,
      // A copy under another name is not that site.
      decode: (bytes) =>
        decode(
          bytes,
          siteSchema.refine((site) => site.id === id, { path: ['id'] }),
        ),
      shared: false,
    };
  }

  /** Reads, and makes a trouble a note: for what must not stand in the way of the rest. */
  function attempt<T>(read: () => T | null): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      note([error.message, error.next].join(' '));
      return null;
    }
  }

  const site = (id: string): Site | null => readRecord(fileOf(id), note);

  const ids = (): string[] => {
    const names = namesIn(siteFolder).map((name) => /^([^.]+)\.json(\.previous)?$/.exec(name)?.[1]);
    return [...new Set(names)].filter((id) => id !== undefined && idPattern.test(id)) as string[];
  };

  return {
    site,
    sites: () =>
      ids()
        .map((id) => attempt(() => site(id)))
        .filter((read) => read !== null)
        .sort((a, b) => Date.parse(b.updated) - Date.parse(a.updated) || (a.id < b.id ? -1 : 1)),
    async save(given) {
      // Taken now, not when the library is there: later changes are another save.
      await write(fileOf(given.id), siteSchema.parse(given));
    },
    async remove(id) {
      const file = fileOf(id);
      // Only for the trouble it throws when the site is a newer version's.
      readRecord(file, () => {});
      removeRecord(file.path);
    },
    current: () => {
      const id = attempt(() => readRecord(currentFile, note))?.id ?? null;
      return id !== null && ids().includes(id) ? id : null;
    },
    setCurrent: (id) => write(currentFile, currentSchema.parse({ schema: siteVersion, id })),
    notes: () => [...notes],
  };
}

async function write<T extends Record<string, unknown>>(
  file: RecordFile<T>,
  value: T,
): Promise<void> {
  // Loaded at the first write: it costs more than all else at the start, and reading needs none of
  // it (conf takes any JSON for a store, and throws at, or wipes, what it cannot read).
  const { default: Conf } = await import('conf');
  writeRecord(file, value, (whole) => {
    const conf = new Conf<T>({
      cwd: dirname(file.path),
      configName: basename(file.path, '.json'),
      accessPropertiesByDotNotation: false,
      configFileMode: 0o600,
      serialize: encode,
    });
    conf.store = whole;
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw diskTrouble(error, folder);
  }
}

/** conf's temporary files outlive a killed program. Young ones may be another program's, at work. */
function removeLeftOvers(folder: string): void {
  const old = Date.now() - 60_000;
  for (const name of namesIn(folder)) {
    if (!/\.tmp-\d{10}[a-f0-9]{6}$/.test(name)) continue;
    const path = join(folder, name);
    const facts = statSync(path, { throwIfNoEntry: false });
    if (facts?.isFile() && facts.mtimeMs < old) rmSync(path, { force: true });
  }
}
