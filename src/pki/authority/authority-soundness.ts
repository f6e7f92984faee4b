import type { Stats } from 'node:fs';
import { chmod, lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import { diskTrouble, readText } from '../../this-machine/files.ts';
import { hiddenOwner, ownerIsHidden } from '../../this-machine/user-namespace.ts';
import { folderMode, keyMode, rootCertificateName, rootKeyName } from '../folder/layout.ts';
import { isEncryptedKey, openKey } from '../keys/key-file.ts';
import { type Certificate, isIssuedBy, readCertificate } from '../x509/read-certificate.ts';
import { isPair, signingKeyProblem } from '../x509/signature.ts';
import { dateText } from '../x509/validity.ts';

/** A mode that lets others in where nobody else may be; `repairModes` puts it right. */
export interface ModeDrift {
  path: string;
  mode: number;
  wanted: number;
}

export interface RootFindings {
  /** Why it must not be used; empty when it may be. */
  reasons: string[];
  /** Its key is locked with a passphrase. */
  encrypted: boolean;
  /** The key was opened and belongs to the certificate. */
  keyChecked: boolean;
  /** Worth knowing, no hindrance. */
  notes: string[];
  drift: ModeDrift[];
}

/** Judges root_ca.key and root_ca.crt of a folder in which both are. Changes nothing. */
export async function inspectRoot(
  folder: string,
  names: readonly string[],
  now: Date,
  passphrase?: string,
): Promise<RootFindings & { certificate: Certificate | null }> {
  const found: RootFindings = {
    reasons: [],
    encrypted: false,
    keyChecked: false,
    notes: [],
    drift: [],
  };
  await inspectFiles(folder, names, found);
  let certificate: Certificate | null = null;
  try {
    const path = join(folder, rootCertificateName);
    certificate = readCertificate((await readText(path)) ?? '', rootCertificateName);
    judge(certificate, now, found);
    await inspectKey(folder, certificate, found, passphrase);
  } catch (error) {
    if (!(error instanceof Trouble) || isPassphraseTrouble(error)) throw error;
    found.reasons.push(error.message);
  }
  return { ...found, certificate };
}

/** Takes away what modes give to others. Throws a Trouble when it may not. */
export async function repairModes(drift: readonly ModeDrift[]): Promise<void> {
  for (const { path, wanted } of drift) {
    try {
      await chmod(path, wanted);
    } catch (error) {
      throw diskTrouble(error, 'write', path);
    }
  }
}

async function inspectFiles(folder: string, names: readonly string[], found: RootFindings) {
  const paths = names.filter((name) => name.endsWith('.key')).map((name) => join(folder, name));
  try {
    judgeFile(folder, await stat(folder), folderMode, found);
    for (const path of paths) {
      // A linked key (on a stick, say) is judged where it lies; what is no file is no key.
      const facts = await stat(path).catch(() => lstat(path));
      if (facts.isFile()) judgeFile(path, facts, keyMode, found);
    }
  } catch (error) {
    throw diskTrouble(error, 'read', folder);
  }
}

function judgeFile(path: string, facts: Stats, wanted: number, found: RootFindings): void {
  const me = process.getuid?.();
  if (me !== undefined && facts.uid !== me) {
    found.reasons.push(
      ownerIsHidden(facts.uid)
        ? `${clean(path)} ${hiddenOwner.what} ${hiddenOwner.likely}`
        : `${clean(path)} belongs to another user (number ${facts.uid}).`,
    );
  }
  const mode = facts.mode & 0o777;
  if ((mode & 0o077) !== 0) found.drift.push({ path, mode, wanted });
}

function judge(certificate: Certificate, now: Date, found: RootFindings): void {
  const { facts, publicKey } = certificate;
  const { reasons, notes } = found;
  const problem = signingKeyProblem(publicKey);
  if (problem) reasons.push(problem);
  if (!facts.isAuthority) {
    reasons.push(
      'Its certificate is not marked as an authority (CA:TRUE), so nothing it signs is believed.',
    );
  }
  if (facts.keyUsage === null) {
    notes.push('Its certificate does not say what its key is for; strict programs want to see it.');
  } else if (!facts.keyUsage.includes('keyCertSign')) {
    reasons.push('Its certificate does not allow signing certificates (keyCertSign).');
  } else if (!facts.keyUsage.includes('cRLSign')) {
    notes.push('Its certificate does not allow signing revocation lists (cRLSign).');
  }
  if (!isIssuedBy(certificate, certificate)) {
    reasons.push(`It is signed by another authority (${facts.issuer}); a root signs itself.`);
  }
  if (now > facts.notAfter) reasons.push(`It ended on ${dateText(facts.notAfter)}.`);
  if (now < facts.notBefore) {
    reasons.push(
      `It begins only on ${dateText(facts.notBefore)}, or this machine's clock is behind.`,
    );
  }
}

async function inspectKey(
  folder: string,
  certificate: Certificate,
  found: RootFindings,
  passphrase: string | undefined,
) {
  const pem = (await readText(join(folder, rootKeyName))) ?? '';
  found.encrypted = isEncryptedKey(pem) ?? false;
  if (found.encrypted && passphrase === undefined) return;
  const key = await openKey(pem, rootKeyName, passphrase);
  found.keyChecked = isPair(key, certificate.publicKey);
  if (!found.keyChecked) {
    found.reasons.push(`${rootKeyName} does not belong to ${rootCertificateName}, or is damaged.`);
  }
}

const isPassphraseTrouble = (error: Trouble): boolean =>
  ['passphrase-wrong', 'passphrase-missing'].includes((error as { kind?: string }).kind ?? '');
