import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import { diskTrouble, errorCode, isPart, readText } from '../../this-machine/files.ts';
import { rootCertificateName, rootKeyName } from '../folder/layout.ts';
import { isMade, isMaking } from '../folder/making.ts';
import { openKey } from '../keys/key-file.ts';
import type { Issuer } from '../x509/certificate.ts';
import { type Certificate, issuerOf } from '../x509/read-certificate.ts';
import { isPair } from '../x509/signature.ts';
import { inspectRoot, type RootFindings } from './authority-soundness.ts';

/** What stands in a folder that is to be, or is, an authority's. */
export type AuthorityState =
  /** No folder, or an empty one. */
  | { state: 'absent' }
  /** A creation was interrupted when all was decided: `createAuthority` completes it. */
  | { state: 'unfinished' }
  /** Somebody else's files; up to five of their names, cleaned, and how many more there are. */
  | { state: 'foreign'; files: string[]; more: number }
  /** An authority that must not be used, and why. It is never touched. */
  | { state: 'unsound'; reasons: string[] }
  | ({ state: 'sound' } & SoundAuthority);

export interface SoundAuthority extends Omit<RootFindings, 'reasons'> {
  certificate: Certificate;
}

/**
 * Looks at a folder and changes nothing. The key is held against the certificate when it can be
 * opened: it is not encrypted, or the right passphrase is given (a wrong one throws a KeyTrouble).
 */
export async function inspectAuthority(
  folder: string,
  now: Date,
  passphrase?: string,
): Promise<AuthorityState> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { state: 'absent' };
    if (errorCode(error) === 'ENOTDIR') {
      return { state: 'unsound', reasons: [`${clean(folder)} is not a folder.`] };
    }
    throw diskTrouble(error, 'read', folder);
  }
  const hasKey = names.includes(rootKeyName);
  const hasCertificate = names.includes(rootCertificateName);
  if (!(hasKey && hasCertificate) && names.some(isMade)) return { state: 'unfinished' };
  const others = names.filter((name) => !isPart(name) && !isMaking(name));
  if (others.length === 0) return { state: 'absent' };
  if (!hasKey && !hasCertificate) {
    const files = others
      .sort()
      .slice(0, 5)
      .map((name) => clean(name, 60));
    return { state: 'foreign', files, more: others.length - files.length };
  }
  if (!hasKey)
    return {
      state: 'unsound',
      reasons: [`${rootKeyName} is missing: nothing can be signed without it.`],
    };
  if (!hasCertificate) {
    return {
      state: 'unsound',
      reasons: [`${rootCertificateName} is missing: the key alone is no authority.`],
    };
  }
  const { certificate, reasons, ...findings } = await inspectRoot(folder, names, now, passphrase);
  return certificate && reasons.length === 0
    ? { state: 'sound', certificate, ...findings }
    : { state: 'unsound', reasons };
}

/** An authority ready to sign. The private key is in memory only, and never in what is stored. */
export interface Authority {
  folder: string;
  certificate: Certificate;
  issuer: Issuer;
}

/**
 * Opens a sound authority for signing. Throws a KeyTrouble when its passphrase is missing or wrong,
 * and a Trouble when there is no authority there, or none that may be used.
 */
export async function openAuthority(
  folder: string,
  now: Date,
  passphrase?: string,
): Promise<Authority> {
  const found = await inspectAuthority(folder, now);
  if (found.state !== 'sound') throw notSound(found, folder);
  const path = join(folder, rootKeyName);
  const key = await openKey((await readText(path)) ?? '', rootKeyName, passphrase);
  if (!isPair(key, found.certificate.publicKey)) {
    const reasons = [`${rootKeyName} does not belong to ${rootCertificateName}, or is damaged.`];
    throw notSound({ state: 'unsound', reasons }, folder);
  }
  return { folder, certificate: found.certificate, issuer: issuerOf(found.certificate, key) };
}

/** Why a folder holds no authority that can be used, in words. */
export function notSound(
  found: Exclude<AuthorityState, { state: 'sound' }>,
  folder: string,
): Trouble {
  const place = clean(folder);
  switch (found.state) {
    case 'absent':
      return new Trouble(`There is no authority in ${place} yet.`, {
        next: 'Make one in the step "Authority".',
      });
    case 'unfinished':
      return new Trouble(`The authority in ${place} was left half-made.`, {
        next: 'Do the step "Authority" again: it completes it.',
      });
    case 'foreign': {
      const more = found.more > 0 ? ` and ${found.more} more` : '';
      return new Trouble(`${place} holds files that are not an authority's.`, {
        likely: `It is somebody else's folder: ${found.files.join(', ')}${more}.`,
        next: 'Choose an empty folder, or one that does not exist yet.',
      });
    }
    case 'unsound':
      return new Trouble(`The authority in ${place} cannot be used.`, {
        likely: found.reasons.join(' '),
        next: 'Put this right, or choose another folder. Nothing there was changed.',
      });
  }
}
