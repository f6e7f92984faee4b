import { clean } from '../../text/clean.ts';
import {
  type Asn1,
  children,
  content,
  decode,
  dotted,
  isTagged,
  isType,
  types,
} from '../encoding/der.ts';
import { oids } from '../encoding/oids.ts';
import { type KeyUsage, keyUsageBits } from './extensions.ts';
import { addressText, type SubjectAltName } from './san.ts';

// Reads the extensions that matter to us out of certificates of any maker. What stands in them is
// cleaned: it may come from anybody.

/** The value of one extension of a list, or null when it is not there. */
function extensionValue(list: readonly Asn1[], id: string): Asn1 | null {
  const found = list.find((one) => dotted(children(one)[0]) === id);
  return found ? decode(content(children(found).at(-1))) : null;
}

/** DNS names and addresses, in the order written; other kinds of name are left out. */
export function readAltNames(list: readonly Asn1[]): SubjectAltName[] {
  const value = extensionValue(list, oids.subjectAltName);
  return (value ? children(value) : []).flatMap((name): SubjectAltName[] => {
    if (isTagged(name, 2)) {
      return [{ kind: 'dns', value: clean(content(name).toString('latin1').toLowerCase(), 300) }];
    }
    const address = isTagged(name, 7) ? addressText(content(name)) : null;
    return address ? [{ kind: 'ip', value: address }] : [];
  });
}

/** Whether it is marked as an authority (CA:TRUE). */
export function readAuthority(list: readonly Asn1[]): boolean {
  const value = extensionValue(list, oids.basicConstraints);
  const first = value ? children(value)[0] : undefined;
  return isType(first, types.BOOLEAN) && content(first)[0] !== 0;
}

/** Null when it does not say, which allows everything. */
export function readKeyUsage(list: readonly Asn1[]): KeyUsage[] | null {
  const value = extensionValue(list, oids.keyUsage);
  if (!value) return null;
  const [, ...octets] = content(value);
  return keyUsageBits.filter((_, place) => ((octets[place >> 3] ?? 0) >> (7 - (place % 8))) & 1);
}

/** `serverAuth`, `clientAuth`, or an object identifier; null when it does not say. */
export function readPurposes(list: readonly Asn1[]): string[] | null {
  const value = extensionValue(list, oids.extendedKeyUsage);
  if (!value) return null;
  const names: Record<string, string> = {
    [oids.serverAuth]: 'serverAuth',
    [oids.clientAuth]: 'clientAuth',
  };
  return children(value).map((one) => names[dotted(one)] ?? dotted(one));
}

/** The subject key identifier, or null. */
export function readKeyIdentifier(list: readonly Asn1[]): Buffer | null {
  const value = extensionValue(list, oids.subjectKeyIdentifier);
  return value ? content(value) : null;
}
