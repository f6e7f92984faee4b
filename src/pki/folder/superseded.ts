import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  diskTrouble,
  errorCode,
  exists,
  placeNew,
  readText,
  sweep,
} from '../../this-machine/files.ts';
import type { Certificate } from '../x509/read-certificate.ts';
import { certificateMode, folderMode, holderFiles, supersededName } from './layout.ts';

// What was replaced is kept in `superseded/`: a certificate that was given out may still be in use.

/** A copy of a certificate that is about to be replaced; one that is there already is enough. */
export async function keepSuperseded(
  folder: string,
  name: string,
  old: Certificate,
): Promise<void> {
  const place = await supersededFolder(folder);
  const file = `${name}-${old.facts.serial}.crt`;
  if ((await readText(join(place, file))) === old.pem) return;
  await placeNew(place, file, old.pem, certificateMode);
}

/** Moves a key out of the way that will not be used. */
export async function setKeyAside(folder: string, name: string, now: Date): Promise<void> {
  const path = holderFiles(folder, name).key;
  const stamp = now.toISOString().replace(/[-:]|\..*/g, '');
  const place = await supersededFolder(folder);
  try {
    await rename(path, join(place, `${name}-unused-${stamp}.key`));
  } catch (error) {
    throw diskTrouble(error, 'write', path);
  }
}

/** Removes what an interruption has left half-written, here and among the superseded. */
export async function sweepAll(folder: string): Promise<void> {
  try {
    await sweep(folder);
    const place = join(folder, supersededName);
    if (await exists(place)) await sweep(place);
  } catch (error) {
    throw diskTrouble(error, 'read', folder);
  }
}

async function supersededFolder(folder: string): Promise<string> {
  const place = join(folder, supersededName);
  try {
    await mkdir(place, { mode: folderMode });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw diskTrouble(error, 'write', place);
  }
  return place;
}
