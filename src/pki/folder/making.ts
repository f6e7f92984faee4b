import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Trouble } from '../../errors/trouble.ts';
import { errorCode, giveName, readText, syncFolder, writeWhole } from '../../this-machine/files.ts';
import {
  certificateMode,
  folderMode,
  keyMode,
  rootCertificateName,
  rootKeyName,
} from './layout.ts';

// A new authority is a key and its certificate, and must be both or nothing. They are written into
// a folder `.making-...` inside the authority's; when both are whole and flushed, that folder is
// renamed to `.made`: from then on the authority is decided. Then both are given their names, and
// `.made` goes. Killed before the rename, nothing has happened; after it, `finishMaking` completes
// the rest, however often it takes, without needing the passphrase.

const making = /^\.making-[0-9a-f]{16}$/;
const made = '.made';

export const isMaking = (name: string): boolean => making.test(name);
export const isMade = (name: string): boolean => name === made;

/** Both files of a new authority. */
export interface RootFiles {
  key: string;
  certificate: string;
}

/** Writes a new authority into its folder, which holds none. Raises system errors. */
export async function makeFiles(folder: string, files: RootFiles): Promise<void> {
  const place = join(folder, `.making-${randomBytes(8).toString('hex')}`);
  try {
    await mkdir(place, { mode: folderMode });
    await writeWhole(join(place, rootKeyName), files.key, keyMode);
    await writeWhole(join(place, rootCertificateName), files.certificate, certificateMode);
    await syncFolder(place);
    await rename(place, join(folder, made));
  } catch (error) {
    await rm(place, { recursive: true, force: true }).catch(() => {});
    if (['EEXIST', 'ENOTEMPTY'].includes(errorCode(error))) throw somebodyElse();
    throw error;
  }
  await syncFolder(folder);
  await finishMaking(folder);
}

/** Gives the files of a decided authority their names. Does nothing when there is none to finish. */
export async function finishMaking(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (!names.includes(made)) return;
  for (const name of [rootKeyName, rootCertificateName]) {
    const from = join(folder, made, name);
    const to = join(folder, name);
    const text = await readText(from);
    if (text === null) continue; // named already, and the tidying was interrupted
    const there = await readText(to);
    if (there !== null && there !== text) throw somebodyElse();
    if (there === null) await giveName(from, to);
  }
  await syncFolder(folder);
  await rm(join(folder, made), { recursive: true, force: true });
  await syncFolder(folder);
}

/** Removes what interrupted attempts have left behind; nothing in it was ever used. */
export async function sweepMaking(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isMaking(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

const somebodyElse = () =>
  new Trouble('Somebody else has just made an authority in the same folder.', {
    likely: 'A second program is at work there.',
    next: 'Wait until it is done, then look again.',
  });
