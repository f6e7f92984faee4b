import type { KeyObject } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Trouble } from '../../errors/trouble.ts';
import { readText } from '../../this-machine/files.ts';
import { encode } from '../encoding/der.ts';
import { holderFiles } from '../folder/layout.ts';
import { type KeyType, keyTypeOf, sameKey } from '../keys/key.ts';
import { isEncryptedKey, openKey } from '../keys/key-file.ts';
import type { HolderKind } from '../x509/certificate.ts';
import { requireHolderName } from '../x509/names.ts';
import { type Certificate, isIssuedBy, readCertificate } from '../x509/read-certificate.ts';
import {
  readableName,
  type SubjectAltName,
  sameName,
  subjectAltNameProblem,
  subjectAltNames,
} from '../x509/san.ts';
import { privateKeyProblem } from '../x509/signature.ts';
import { encodeSubject } from '../x509/subject.ts';
import { dateText, daysProblem, renewalDue, type Validity, validity } from '../x509/validity.ts';

/** A certificate that somebody is to have. */
export interface IssueWanted {
  /** The common name, and the name of the files. */
  name: string;
  kind: HolderKind;
  /** Names and addresses of a broker; its common name is added if it is one. Empty for a client. */
  names: readonly string[];
  keyType: KeyType;
  days: number;
}

/** What there is for a holder, and so what has to be done. */
export interface IssuePlan {
  action: 'keep' | 'issue' | 'reissue';
  /** Why a certificate that is there does not do, as a sentence; null when there is none or it does. */
  reason: string | null;
  wanted: IssueWanted;
  /** Normalised, each once. */
  names: SubjectAltName[];
  /** The key that is there and will be used; null: one has to be made. */
  key: KeyObject | null;
  /** The key that is there cannot be used: too weak, damaged, or left by an interruption and of another type. */
  setAside: boolean;
  /** The certificate that is there. */
  present: Certificate | null;
  /** Those of the certificate to be made; null when one is kept. */
  dates: Validity | null;
}

/** What decides what is done for a holder. */
export type IssueShown = Pick<IssuePlan, 'action' | 'wanted' | 'key' | 'setAside' | 'present'>;

/** For a holder of whom nothing is there. */
export const firstOf = (wanted: IssueWanted): IssueShown => ({
  ...{ action: 'issue', wanted, key: null, setAside: false, present: null },
});

/** Whether the same is done for the same reason: with the same wishes, key and certificate. */
export function isSameIssue(one: IssueShown, other: IssueShown): boolean {
  const [key, otherKey] = [one.key, other.key];
  return (
    one.action === other.action &&
    one.setAside === other.setAside &&
    isDeepStrictEqual(one.wanted, other.wanted) &&
    one.present?.facts.fingerprint === other.present?.facts.fingerprint &&
    (key && otherKey ? sameKey(key, otherKey) : key === otherKey)
  );
}

/**
 * Compares what is wanted with the files in the authority's folder; changes nothing, and needs only
 * the authority's certificate. Throws a Trouble when the name is unusable, or taken by something
 * that must not be touched.
 */
export async function planIssue(
  folder: string,
  authority: Certificate,
  wanted: IssueWanted,
  now: Date,
): Promise<IssuePlan> {
  requireHolderName(wanted.name);
  const problem = daysProblem(wanted.days);
  if (problem) throw new Trouble(`${wanted.name} cannot be issued.`, { likely: problem });
  const names = wantedNames(wanted);
  requireOwnSubject(wanted, authority);
  const files = holderFiles(folder, wanted.name);
  const found = await presentKey(files.key, wanted.name);
  const text = await readText(files.certificate);
  const unusable = found ? privateKeyProblem(found) : null;
  const otherType = text === null && found !== null && keyTypeOf(found) !== wanted.keyType;
  const setAside = unusable !== null || otherType;
  const key = setAside ? null : found;
  const about = { wanted, names, key, setAside };
  const dates = () => validity(now, wanted.days, authority.facts);
  if (text === null) {
    return { ...about, action: 'issue', reason: null, present: null, dates: dates() };
  }
  const present = readCertificate(text, `${wanted.name}.crt`);
  requireKind(present, wanted);
  const reason = unusable ?? shortcoming(present, authority, wanted, names, key, now);
  if (reason === null) return { ...about, action: 'keep', reason, present, dates: null };
  return { ...about, action: 'reissue', reason, present, dates: dates() };
}

function wantedNames({ kind, name, names }: IssueWanted): SubjectAltName[] {
  if (kind === 'client') return [];
  // Where there are SANs, clients do not look at the common name (RFC 9525): it has to be among them.
  const all = subjectAltNames(subjectAltNameProblem(name) === null ? [name, ...names] : names);
  if (all.length > 0) return all;
  throw new Trouble(`The certificate of ${name} would have no name that a client could check.`, {
    next: 'Give at least one host name or address of the broker: "names" in the answers, or --name.',
  });
}

/** "Distinct subjects for authority, server and clients" (mosquitto-tls(7)); equal ones look self-signed. */
function requireOwnSubject({ name }: IssueWanted, authority: Certificate): void {
  if (!encode(encodeSubject({ commonName: name })).equals(authority.subjectDer)) return;
  throw new Trouble(`"${name}" is the name of the authority itself.`, {
    next: 'Choose another name.',
  });
}

async function presentKey(path: string, name: string): Promise<KeyObject | null> {
  const pem = await readText(path);
  if (pem === null) return null;
  if (isEncryptedKey(pem)) {
    throw new Trouble(`${name}.key is locked with a passphrase.`, {
      likely: 'It was not made here: a broker or a device could not open it by itself.',
      next: `Move ${name}.key away, or choose another name.`,
    });
  }
  return await openKey(pem, `${name}.key`);
}

/** One name, one holder: a client must not take over the broker's files, nor the other way round. */
function requireKind({ facts }: Certificate, { name, kind }: IssueWanted): void {
  const [mine, other] =
    kind === 'broker' ? ['serverAuth', 'clientAuth'] : ['clientAuth', 'serverAuth'];
  if (!facts.purposes || facts.purposes.includes(mine) || !facts.purposes.includes(other)) return;
  const taken = kind === 'broker' ? 'a client' : 'the broker';
  throw new Trouble(`${name} is the name of ${taken} already.`, {
    likely: `${name}.crt in the authority's folder is its certificate.`,
    next: 'Choose another name.',
  });
}

/** Why the certificate that is there does not do, or null when it does. */
function shortcoming(
  present: Certificate,
  authority: Certificate,
  { name, kind }: IssueWanted,
  names: readonly SubjectAltName[],
  key: KeyObject | null,
  now: Date,
): string | null {
  const { facts } = present;
  if (!isIssuedBy(present, authority)) return 'It is signed by another authority.';
  if (key === null) return 'Its key is missing.';
  if (!sameKey(present.publicKey, key)) return 'It does not belong to its key.';
  if (facts.version !== 3)
    return `It is of version ${facts.version}, which says neither names nor purpose.`;
  if (facts.weaklySigned)
    return 'It is signed with MD5 or SHA-1, which TLS programs refuse by now.';
  if (!facts.purposes?.includes(kind === 'broker' ? 'serverAuth' : 'clientAuth')) {
    return `It does not say that it is for a ${kind}.`;
  }
  if (!encode(encodeSubject({ commonName: name })).equals(present.subjectDer)) {
    return `Its subject is ${facts.subject}.`;
  }
  if (
    facts.names.length !== names.length ||
    !names.every((one) => facts.names.some((its) => sameName(one, its)))
  ) {
    return `Its names are ${facts.names.map(({ value }) => readableName(value)).join(', ') || 'none'}.`;
  }
  if (now > facts.notAfter) return `It ended on ${dateText(facts.notAfter)}.`;
  if (now < facts.notBefore) return `It begins only on ${dateText(facts.notBefore)}.`;
  // One that ends with the authority would end then again.
  const longest = facts.notAfter >= authority.facts.notAfter;
  return renewalDue(facts, now) && !longest ? `It ends on ${dateText(facts.notAfter)}.` : null;
}
