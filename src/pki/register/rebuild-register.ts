import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clean } from '../../text/clean.ts';
import { diskTrouble, errorCode, readText } from '../../this-machine/files.ts';
import { supersededName } from '../folder/layout.ts';
import { type Certificate, isIssuedBy, readCertificate } from '../x509/read-certificate.ts';
import type { RegisterFact } from './fact.ts';
import {
  appendToRegister,
  issuedFact,
  type Register,
  type RegisterEntry,
  readRegister,
} from './register.ts';

/** A register that is complete again, and what had to be done for it, as sentences for the screen. */
export interface SoundRegister extends Register {
  notes: string[];
}

/**
 * Reads the register; when it is missing or has a line that cannot be read, brings back from the
 * certificates in the folder what it has lost. Deliveries cannot be brought back.
 */
export async function soundRegister(
  folder: string,
  authority: Certificate,
  now: Date,
): Promise<SoundRegister> {
  const register = await readRegister(folder);
  if (register.exists && register.unreadable.length === 0) return { ...register, notes: [] };
  const found = await certificatesOf(folder, authority);
  const lost = found.filter(({ certificate }) => !register.entries.has(certificate.facts.serial));
  const facts = lost.map((one) => rebuilt(one, found, now));
  await appendToRegister(folder, facts);
  const count = lost.length === 1 ? '1 certificate' : `${lost.length} certificates`;
  const notes = register.exists
    ? [
        `The register has a line that cannot be read (line ${register.unreadable[0]}), from an interrupted write; ${count} brought back.`,
      ]
    : lost.length > 0
      ? [`The register was missing; ${count} brought back from the files.`]
      : [];
  return { ...(await readRegister(folder)), notes };
}

interface Found {
  certificate: Certificate;
  kind: RegisterEntry['kind'];
  /** It lies in the folder itself, not among the superseded. */
  current: boolean;
}

function rebuilt(
  { certificate, kind, current }: Found,
  all: readonly Found[],
  now: Date,
): RegisterFact {
  const { notBefore } = certificate.facts;
  const replaced = all.filter(
    (one) =>
      !one.current &&
      one.kind === kind &&
      one.certificate.subjectDer.equals(certificate.subjectDer),
  );
  const serials = current ? replaced.map((one) => one.certificate.facts.serial) : [];
  // When it was issued is not known any more; it begins about then.
  return issuedFact(certificate, kind, notBefore < now ? notBefore : now, serials);
}

/** Every certificate in the folder and among the superseded ones that the authority has signed. */
async function certificatesOf(folder: string, authority: Certificate): Promise<Found[]> {
  const found: Found[] = [];
  for (const place of [join(folder, supersededName), folder]) {
    for (const name of (await namesIn(place)).sort()) {
      if (!name.endsWith('.crt')) continue;
      const path = join(place, name);
      try {
        const certificate = readCertificate((await readText(path)) ?? '', clean(path));
        if (!isIssuedBy(certificate, authority)) continue;
        found.push({ certificate, kind: kindOf(certificate), current: place === folder });
      } catch {
        // Not a certificate, or none that can be read: not one that was issued here.
      }
    }
  }
  return found;
}

function kindOf({ facts }: Certificate): RegisterEntry['kind'] {
  if (facts.isAuthority) return 'authority';
  return facts.purposes?.includes('serverAuth') ? 'broker' : 'client';
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw diskTrouble(error, 'read', folder);
  }
}
