import { createHash, type KeyObject } from 'node:crypto';
import {
  type Asn1,
  bits,
  children,
  content,
  decode,
  encode,
  octets,
  oid,
  retagged,
  sequence,
  tagged,
  yes,
} from '../encoding/der.ts';
import { oids } from '../encoding/oids.ts';
import { spki } from '../keys/key.ts';
import { addressOctets, type SubjectAltName } from './san.ts';

// The extensions of RFC 5280, 4.2.1, as DER values.

const extension = (id: string, critical: boolean, value: Asn1): Asn1 =>
  sequence(oid(id), ...(critical ? [yes()] : []), octets(encode(value)));

/** SHA-1 of the public key's bits: a name for it, not a protection (RFC 5280, 4.2.1.2 (1)). */
export function keyIdentifierOf(key: KeyObject): Buffer {
  const [, publicKey] = children(decode(spki(key)));
  return createHash('sha1').update(content(publicKey).subarray(1)).digest();
}

export const subjectKeyIdentifier = (key: KeyObject): Asn1 =>
  extension(oids.subjectKeyIdentifier, false, octets(keyIdentifierOf(key)));

export const authorityKeyIdentifier = (identifier: Buffer): Asn1 =>
  extension(oids.authorityKeyIdentifier, false, sequence(retagged(0, identifier)));

export const basicConstraints = (authority: boolean): Asn1 =>
  extension(oids.basicConstraints, true, authority ? sequence(yes()) : sequence());

/** Names of key usages in the order of their bits (RFC 5280, 4.2.1.3). */
export const keyUsageBits = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof keyUsageBits)[number];

/** Usages among the first eight bits. */
export function keyUsage(usages: readonly KeyUsage[]): Asn1 {
  const places = usages.map((usage) => keyUsageBits.indexOf(usage));
  const octet = places.reduce((sum, place) => sum | (0x80 >> place), 0);
  // DER: no trailing zero bits.
  return extension(oids.keyUsage, true, bits(Buffer.of(octet), 7 - Math.max(...places)));
}

export const extendedKeyUsage = (purpose: string): Asn1 =>
  extension(oids.extendedKeyUsage, false, sequence(oid(purpose)));

export const subjectAltNameExtension = (names: readonly SubjectAltName[]): Asn1 =>
  extension(
    oids.subjectAltName,
    false,
    sequence(
      ...names.map(({ kind, value }) =>
        kind === 'dns'
          ? retagged(2, Buffer.from(value, 'latin1'))
          : retagged(7, addressOctets(value)),
      ),
    ),
  );

/** The list itself, as it stands in a request. */
export const extensionList = (...list: Asn1[]): Asn1 => sequence(...list);

/** As it stands in a certificate. */
export const extensions = (...list: Asn1[]): Asn1 => tagged(3, extensionList(...list));
