import { type KeyObject, X509Certificate } from 'node:crypto';
import { Trouble } from '../../errors/trouble.ts';
import { type Asn1, children, content, decode, dotted, encode, isTagged } from '../encoding/der.ts';
import { pemBlock, toPem } from '../encoding/pem.ts';
import { keyTitle } from '../keys/key.ts';
import type { Issuer } from './certificate.ts';
import { type KeyUsage, keyIdentifierOf } from './extensions.ts';
import {
  readAltNames,
  readAuthority,
  readKeyIdentifier,
  readKeyUsage,
  readPurposes,
} from './read-extensions.ts';
import type { SubjectAltName } from './san.ts';
import { isWeakAlgorithm } from './signature.ts';
import { readSubject, subjectText } from './subject.ts';

/** What a certificate says. Every text is cleaned for display; dates are in whole seconds. */
export interface CertificateFacts {
  version: number;
  /** Hexadecimal, capitals, as openssl shows it (without colons). */
  serial: string;
  /** On one line: `C=GB, O=Highly Trusted, CN=client01`. */
  subject: string;
  issuer: string;
  /** The last CN of the subject; null when it has none. */
  commonName: string | null;
  names: SubjectAltName[];
  notBefore: Date;
  notAfter: Date;
  /** SHA-256, as `AA:BB:...`. */
  fingerprint: string;
  isAuthority: boolean;
  /** null: it does not say, which allows everything. */
  keyUsage: KeyUsage[] | null;
  /** `serverAuth`, `clientAuth`, object identifiers; null: it does not say. */
  purposes: string[] | null;
  /** `ECDSA P-256`, `RSA 2048`, ... */
  keyType: string;
  /** It is signed with MD5 or SHA-1, which TLS programs refuse by now. */
  weaklySigned: boolean;
}

/** A certificate that was read, with what is needed to go on working with it. */
export interface Certificate {
  facts: CertificateFacts;
  pem: string;
  publicKey: KeyObject;
  x509: X509Certificate;
  /** Byte for byte as in the certificate. */
  subjectDer: Buffer;
  issuerDer: Buffer;
  /** The subject key identifier; computed where the certificate has none. */
  keyIdentifier: Buffer;
}

/**
 * Reads the first certificate of a PEM file. `file` is how it is called in messages, already clean.
 * Throws a Trouble when there is none or it is damaged.
 */
export function readCertificate(pem: string, file: string): Certificate {
  const block = pemBlock(pem, /^(X509 )?CERTIFICATE$/);
  if (!block) {
    throw new Trouble(`${file} holds no certificate.`, {
      likely: pem.includes('PRIVATE KEY-----')
        ? 'It holds a private key: key and certificate were swapped.'
        : 'It is empty, cut short, or not PEM.',
      next: 'Put the right file there.',
    });
  }
  try {
    return parse(block.der);
  } catch (cause) {
    throw new Trouble(`${file} is damaged: its certificate cannot be read.`, {
      likely: 'It was cut short or changed.',
      next: 'Bring the file back from a copy.',
      cause,
    });
  }
}

function parse(der: Buffer): Certificate {
  const x509 = new X509Certificate(der);
  const tbs = children(children(decode(der))[0]);
  // [0] version is left out in version 1 certificates.
  const [version, rest] = isTagged(tbs[0], 0) ? [tbs[0], tbs.slice(1)] : [undefined, tbs];
  const [, algorithm, issuer, , subject, , ...last] = rest;
  if (!issuer || !subject) throw new Error('incomplete certificate');
  const wrapped = last.find((one) => isTagged(one, 3));
  const list = wrapped ? children(children(wrapped)[0]) : [];
  const parts = readSubject(subject);
  const publicKey = x509.publicKey;
  return {
    facts: {
      version: version ? (content(children(version)[0])[0] ?? 0) + 1 : 1,
      serial: x509.serialNumber,
      subject: subjectText(parts),
      issuer: subjectText(readSubject(issuer)),
      commonName: parts.findLast(({ type }) => type === 'CN')?.value ?? null,
      names: readAltNames(list),
      notBefore: x509.validFromDate,
      notAfter: x509.validToDate,
      fingerprint: x509.fingerprint256,
      isAuthority: readAuthority(list),
      keyUsage: readKeyUsage(list),
      purposes: readPurposes(list),
      keyType: keyTitle(publicKey),
      weaklySigned: isWeakAlgorithm(dotted(children(algorithm)[0])),
    },
    pem: toPem('CERTIFICATE', der),
    publicKey,
    x509,
    subjectDer: bytesOf(subject, der),
    issuerDer: bytesOf(issuer, der),
    keyIdentifier: readKeyIdentifier(list) ?? keyIdentifierOf(publicKey),
  };
}

/** The bytes of a part, made sure to be those in the file: re-encoding must not have changed them. */
function bytesOf(part: Asn1, whole: Buffer): Buffer {
  const bytes = encode(part);
  if (!whole.includes(bytes)) throw new Error('not in DER');
  return bytes;
}

/** Whether one certificate was signed by the key of another, under its name. */
export function isIssuedBy(certificate: Certificate, authority: Certificate): boolean {
  return (
    certificate.issuerDer.equals(authority.subjectDer) &&
    certificate.x509.verify(authority.publicKey)
  );
}

/** What signing with an authority's certificate and its key needs. */
export function issuerOf(authority: Certificate, key: KeyObject): Issuer {
  const { subjectDer, keyIdentifier, facts } = authority;
  return { key, subjectDer, keyIdentifier, notBefore: facts.notBefore, notAfter: facts.notAfter };
}
