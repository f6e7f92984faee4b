import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clean } from '../clean.ts';
import { diskTrouble, errorCode, readText } from './files.ts';
import { rootCertificateName, supersededName } from './layout.ts';
import { type Certificate, isIssuedBy, readCertificate } from './read-certificate.ts';
import {
  appendToRegister,
  issuedFact,
  type Register,
  type RegisterFact,
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
  const lost = found.filter(({ facts }) => !register.entries.has(facts.serial));
  await appendToRegister(
    folder,
    lost.map((certificate) => rebuilt(certificate, now)),
  );
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

function rebuilt(certificate: Certificate, now: Date): RegisterFact {
  const { isAuthority, purposes, notBefore } = certificate.facts;
  const kind = isAuthority ? 'authority' : purposes?.includes('serverAuth') ? 'broker' : 'client';
  // When it was issued is not known any more; it begins about then.
  return issuedFact(certificate, kind, notBefore < now ? notBefore : now);
}

/** Every certificate in the folder and among the superseded ones that the authority has signed. */
async function certificatesOf(folder: string, authority: Certificate): Promise<Certificate[]> {
  const paths = [join(folder, rootCertificateName)];
  for (const place of [join(folder, supersededName), folder]) {
    const names = (await namesIn(place)).filter((name) => name.endsWith('.crt')).sort();
    paths.push(
      ...names.filter((name) => name !== rootCertificateName).map((name) => join(place, name)),
    );
  }
  const found: Certificate[] = [];
  for (const path of paths) {
    try {
      const certificate = readCertificate((await readText(path)) ?? '', clean(path));
      if (isIssuedBy(certificate, authority)) found.push(certificate);
    } catch {
      // Not a certificate, or none that can be read: not one that was issued here.
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw diskTrouble(error, 'read', folder);
  }
}
