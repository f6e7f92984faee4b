import { type KeyObject, randomBytes } from 'node:crypto';
import type { Asn1 } from '../encoding/der.ts';
import { decode, integer, sequence, tagged, time } from '../encoding/der.ts';
import { oids } from '../encoding/oids.ts';
import { toPem } from '../encoding/pem.ts';
import { spki } from '../keys/key.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  extensions,
  type KeyUsage,
  keyUsage,
  subjectAltNameExtension,
  subjectKeyIdentifier,
} from './extensions.ts';
import type { SubjectAltName } from './san.ts';
import { algorithmOf, signed } from './signature.ts';
import { encodeSubject, type Subject } from './subject.ts';
import { type Validity, validity } from './validity.ts';

// Writes X.509 v3 certificates (RFC 5280) that pass `openssl verify -x509_strict`.

/** What a holder's certificate is for. */
export type HolderKind = 'broker' | 'client';

/** A certificate just made, with what was decided about its dates. */
export interface MadeCertificate extends Validity {
  pem: string;
}

export interface RootWanted {
  subject: Subject;
  key: KeyObject;
  days: number;
}

/** The authority's own certificate, signed by its own key. */
export function makeRoot({ subject, key, days }: RootWanted, now: Date): MadeCertificate {
  const dates = validity(now, days);
  const name = encodeSubject(subject);
  const usages: KeyUsage[] = ['keyCertSign', 'cRLSign'];
  const list = [basicConstraints(true), keyUsage(usages), subjectKeyIdentifier(key)];
  return { ...dates, pem: write({ issuer: name, dates, subject: name, key, list }, key) };
}

export interface HolderWanted {
  kind: HolderKind;
  subject: Subject;
  /** The holder's public key (its private one will do too). */
  key: KeyObject;
  /** Every name and address by which clients reach the broker; none for a client. */
  names: readonly SubjectAltName[];
  days: number;
}

/** What is needed of an authority in order to sign; see `Authority` for where it comes from. */
export interface Issuer {
  key: KeyObject;
  /** Its subject, byte for byte as in its certificate: clients compare bytes. */
  subjectDer: Buffer;
  keyIdentifier: Buffer;
  notBefore: Date;
  notAfter: Date;
}

/** A certificate for a broker or a client. Throws a Trouble when the authority is not valid at `now`. */
export function makeCertificate(wanted: HolderWanted, issuer: Issuer, now: Date): MadeCertificate {
  const dates = validity(now, wanted.days, issuer);
  const list = [
    basicConstraints(false),
    keyUsage(usagesOf(wanted)),
    extendedKeyUsage(wanted.kind === 'broker' ? oids.serverAuth : oids.clientAuth),
    subjectKeyIdentifier(wanted.key),
    authorityKeyIdentifier(issuer.keyIdentifier),
    ...(wanted.names.length > 0 ? [subjectAltNameExtension(wanted.names)] : []),
  ];
  const subject = encodeSubject(wanted.subject);
  const content = { issuer: decode(issuer.subjectDer), dates, subject, key: wanted.key, list };
  return { ...dates, pem: write(content, issuer.key) };
}

/** Key encipherment is for the RSA key exchange of TLS 1.2, which only a server's key takes part in. */
function usagesOf({ kind, key }: HolderWanted): KeyUsage[] {
  const deciphers = kind === 'broker' && key.asymmetricKeyType === 'rsa';
  return deciphers ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'];
}

/** 16 random octets with the top bits 01: positive, and 16 octets whatever chance brings. */
export function newSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

interface Content {
  issuer: Asn1;
  dates: Validity;
  subject: Asn1;
  key: KeyObject;
  list: Asn1[];
}

function write({ issuer, dates, subject, key, list }: Content, signer: KeyObject): string {
  const version3 = tagged(0, integer(2));
  const tbs = sequence(
    version3,
    integer(newSerial()),
    algorithmOf(signer),
    issuer,
    sequence(time(dates.notBefore), time(dates.notAfter)),
    subject,
    decode(spki(key)),
    extensions(...list),
  );
  return toPem('CERTIFICATE', signed(tbs, signer));
}
