import { clean } from '../../text/clean.ts';
import type { HolderKind } from './certificate.ts';
import { type Certificate, isIssuedBy } from './read-certificate.ts';
import { readableName, subjectAltName, subjectAltNameProblem } from './san.ts';
import { signingKeyProblem } from './signature.ts';
import { dateText } from './validity.ts';

/** One reason why a strict TLS program would refuse a certificate. */
export interface ChainProblem {
  id:
    | 'not-issued-here'
    | 'not-an-authority'
    | 'not-yet-valid'
    | 'expired'
    | 'authority-not-yet-valid'
    | 'authority-expired'
    | 'wrong-purpose'
    | 'wrong-name'
    | 'no-names'
    | 'old-version'
    | 'weak-key'
    | 'weak-signature';
  /** In a sentence, cleaned. */
  says: string;
}

export interface ChainQuestion {
  certificate: Certificate;
  authority: Certificate;
  /** What it will be used as. */
  kind: HolderKind;
  /** The name or address by which a client reaches the broker. */
  name?: string;
  /** By the clock of whoever checks, which may not be ours. */
  now: Date;
}

/**
 * Checks a certificate as a strict TLS program does (RFC 5280, 6; RFC 9525; names in the common
 * name do not count). Empty when it is good; otherwise every reason, not only the first.
 */
export function verifyChain({
  certificate,
  authority,
  kind,
  name,
  now,
}: ChainQuestion): ChainProblem[] {
  const { facts } = certificate;
  const problems: ChainProblem[] = [];
  const problem = (id: ChainProblem['id'], says: string) => problems.push({ id, says });
  if (!isIssuedBy(certificate, authority)) {
    problem(
      'not-issued-here',
      `It is signed by another authority (${facts.issuer}), or was changed.`,
    );
  }
  const root = authority.facts;
  if (!root.isAuthority || root.keyUsage?.includes('keyCertSign') === false) {
    problem('not-an-authority', `${root.subject} may not sign certificates.`);
  }
  if (now < root.notBefore) {
    problem('authority-not-yet-valid', `The authority begins only on ${dateText(root.notBefore)}.`);
  }
  if (now > root.notAfter)
    problem('authority-expired', `The authority ended on ${dateText(root.notAfter)}.`);
  if (now < facts.notBefore)
    problem('not-yet-valid', `It begins only on ${dateText(facts.notBefore)}.`);
  if (now > facts.notAfter) problem('expired', `It ended on ${dateText(facts.notAfter)}.`);
  const purpose = kind === 'broker' ? 'serverAuth' : 'clientAuth';
  if (facts.purposes && !facts.purposes.includes(purpose)) {
    problem(
      'wrong-purpose',
      `It is not for a ${kind}: its purpose is ${facts.purposes.join(', ')}.`,
    );
  }
  if (facts.version < 3) {
    problem(
      'old-version',
      `It is of version ${facts.version}, which cannot hold names or a purpose.`,
    );
  }
  const weak = signingKeyProblem(certificate.publicKey);
  if (weak) problem('weak-key', weak);
  if (facts.weaklySigned) {
    problem('weak-signature', 'It is signed with MD5 or SHA-1, which TLS programs refuse by now.');
  }
  if (kind === 'broker') {
    if (facts.names.length === 0) {
      problem('no-names', 'It has no subject alternative names; most programs look nowhere else.');
    } else if (name !== undefined && !hasName(certificate, name)) {
      const its = facts.names.map(({ value }) => readableName(value)).join(', ');
      problem(
        'wrong-name',
        `It is not for ${readableName(clean(name, 80))}; its names are ${its}.`,
      );
    }
  }
  return problems;
}

function hasName({ x509 }: Certificate, name: string): boolean {
  if (subjectAltNameProblem(name) !== null) return false;
  const { kind, value } = subjectAltName(name);
  if (kind === 'ip') return x509.checkIP(value) !== undefined;
  return x509.checkHost(value, { subject: 'never' }) !== undefined;
}
