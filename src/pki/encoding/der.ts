import forge from 'node-forge';

// The only place that touches node-forge: it writes and reads ASN.1, nothing else. Keys, hashes
// and signatures are node:crypto's (forge's high-level API cannot do elliptic curves, signs with
// SHA-1 unless told otherwise, and re-encodes names wrongly).

const { asn1 } = forge;
const { Class, Type } = asn1;

/** One ASN.1 value. */
export type Asn1 = forge.asn1.Asn1;

// forge keeps bytes in strings, one character a byte.
const binary = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const primitive = (type: forge.asn1.Type, bytes: Uint8Array) =>
  asn1.create(Class.UNIVERSAL, type, false, binary(bytes));

export const sequence = (...items: Asn1[]): Asn1 =>
  asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, items);
export const set = (item: Asn1): Asn1 => asn1.create(Class.UNIVERSAL, Type.SET, true, [item]);
export const oid = (dotted: string): Asn1 =>
  asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(dotted).getBytes());
export const octets = (bytes: Uint8Array): Asn1 => primitive(Type.OCTETSTRING, bytes);
export const yes = (): Asn1 => primitive(Type.BOOLEAN, Uint8Array.of(0xff));
export const nothing = (): Asn1 => primitive(Type.NULL, new Uint8Array());
export const utf8 = (text: string): Asn1 => primitive(Type.UTF8, Buffer.from(text, 'utf8'));
export const printable = (text: string): Asn1 =>
  primitive(Type.PRINTABLESTRING, Buffer.from(text, 'latin1'));
export const ia5 = (text: string): Asn1 => primitive(Type.IA5STRING, Buffer.from(text, 'latin1'));

/** A non-negative whole number, or the octets of one (a leading 0 is added where needed). */
export function integer(value: number | Uint8Array): Asn1 {
  const bytes =
    typeof value === 'number'
      ? Buffer.from(
          value
            .toString(16)
            .padStart(2, '0')
            .replace(/^(..)*.$/, '0$&'),
          'hex',
        )
      : value;
  const negative = (bytes[0] ?? 0) >= 0x80;
  return primitive(Type.INTEGER, negative ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

/** A bit string; `unused` bits at the end do not count. */
export const bits = (bytes: Uint8Array, unused = 0): Asn1 =>
  primitive(Type.BITSTRING, Buffer.concat([Buffer.of(unused), bytes]));

/** `[n]` around other values. */
export const tagged = (n: number, ...items: Asn1[]): Asn1 =>
  asn1.create(Class.CONTEXT_SPECIFIC, n, true, items);

/** `[n]` in place of a primitive value's own tag. */
export const retagged = (n: number, bytes: Uint8Array): Asn1 =>
  asn1.create(Class.CONTEXT_SPECIFIC, n, false, binary(bytes));

/** A time in whole seconds: UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5). */
export function time(date: Date): Asn1 {
  const digits = date.toISOString().replace(/\.\d+Z$|[-:T]/g, '');
  const year = date.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? primitive(Type.UTCTIME, Buffer.from(`${digits.slice(2)}Z`))
    : primitive(Type.GENERALIZEDTIME, Buffer.from(`${digits}Z`));
}

export const encode = (value: Asn1): Buffer => Buffer.from(asn1.toDer(value).getBytes(), 'latin1');

/** Reads DER; throws an Error when it is not, or when something follows it. */
export function decode(der: Uint8Array): Asn1 {
  const options = { strict: true, parseAllBytes: true, decodeBitStrings: false };
  // The types know only the older form with a boolean.
  return asn1.fromDer(binary(der), options as unknown as boolean);
}

/** The values inside a constructed one. */
export function children(value: Asn1 | undefined): Asn1[] {
  if (!value || !Array.isArray(value.value)) throw new Error('not a constructed ASN.1 value');
  return value.value;
}

/** The bytes of a primitive value. */
export function content(value: Asn1 | undefined): Buffer {
  if (!value || typeof value.value !== 'string') throw new Error('not a primitive ASN.1 value');
  return Buffer.from(value.value, 'latin1');
}

/** The dotted form of an object identifier. */
export function dotted(value: Asn1 | undefined): string {
  if (!isType(value, Type.OID)) throw new Error('not an object identifier');
  return asn1.derToOid(content(value).toString('latin1'));
}

export const types = Type;

export const isType = (value: Asn1 | undefined, type: forge.asn1.Type): boolean =>
  value?.tagClass === Class.UNIVERSAL && value.type === type;

/** Whether a value carries the context tag `[n]`. */
export const isTagged = (value: Asn1 | undefined, n: number): boolean =>
  value?.tagClass === Class.CONTEXT_SPECIFIC && (value.type as number) === n;

/** The time that a value is, or null when it is none. */
export function timeOf(value: Asn1): Date | null {
  const text = () => content(value).toString('latin1');
  if (isType(value, Type.UTCTIME)) return asn1.utcTimeToDate(text());
  if (isType(value, Type.GENERALIZEDTIME)) return asn1.generalizedTimeToDate(text());
  return null;
}
