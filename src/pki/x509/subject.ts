import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import {
  type Asn1,
  children,
  content,
  dotted,
  ia5,
  isType,
  oid,
  printable,
  sequence,
  set,
  types,
  utf8,
} from '../encoding/der.ts';
import { oids } from '../encoding/oids.ts';
import { commonNameProblem, longestCommonName } from './names.ts';

export type SubjectFieldId =
  | 'country'
  | 'state'
  | 'locality'
  | 'organization'
  | 'unit'
  | 'commonName'
  | 'email';

/** Who a certificate speaks of; what is left out or empty is not written. */
export type Subject = Partial<Record<SubjectFieldId, string>>;

export interface SubjectField {
  id: SubjectFieldId;
  /** As `openssl req` asks. */
  prompt: string;
  /** What the lesson's authority answers. */
  example: string;
  /** Most characters (the ub- limits of RFC 5280, appendix A; for email openssl's 128). */
  longest: number;
  oid: string;
  /** As in `C=GB, CN=...`. */
  short: string;
}

/** The seven questions of `openssl req`, in its order, with example answers. */
export const subjectFields: readonly SubjectField[] = [
  field('country', 'Country Name (2 letter code)', 'GB', 2, oids.countryName, 'C'),
  field(
    'state',
    'State or Province Name (full name)',
    'West Yorkshire',
    128,
    oids.stateOrProvinceName,
    'ST',
  ),
  field('locality', 'Locality Name (eg, city)', 'Leeds', 128, oids.localityName, 'L'),
  field(
    'organization',
    'Organization Name (eg, company)',
    'Highly Trusted',
    64,
    oids.organizationName,
    'O',
  ),
  field(
    'unit',
    'Organizational Unit Name (eg, section)',
    'Certificates',
    64,
    oids.organizationalUnitName,
    'OU',
  ),
  field(
    'commonName',
    'Common Name (e.g. server FQDN or YOUR name)',
    'Highly Trusted CA',
    longestCommonName,
    oids.commonName,
    'CN',
  ),
  field('email', 'Email Address', 'ca@example.com', 128, oids.emailAddress, 'emailAddress'),
];

function field(
  id: SubjectFieldId,
  prompt: string,
  example: string,
  longest: number,
  oid: string,
  short: string,
): SubjectField {
  return { id, prompt, example, longest, oid, short };
}

/** Why an answer cannot be used, as a sentence, or null when it can. Only the common name must be given. */
export function subjectFieldProblem(id: SubjectFieldId, value: string): string | null {
  if (id === 'commonName') return commonNameProblem(value);
  if (value === '') return null;
  if (clean(value, 1000) !== value)
    return 'It contains a control character or one that cannot be seen.';
  if (value !== value.trim()) return 'It begins or ends with a blank.';
  if (id === 'country') {
    return /^[A-Z]{2}$/.test(value) ? null : 'A country is two capital letters, for example GB.';
  }
  const longest = subjectFields.find((one) => one.id === id)?.longest ?? 64;
  if ([...value].length > longest) return `It has more than ${longest} characters.`;
  if (id === 'email' && !/^[\x21-\x7e]+@[\x21-\x7e]+$/.test(value)) {
    return 'An email address is name@domain, in ASCII.';
  }
  return null;
}

/** Throws a Trouble that names the first answer that cannot be used. */
export function requireSubject(subject: Subject): void {
  for (const { id, prompt } of subjectFields) {
    const problem = subjectFieldProblem(id, subject[id] ?? '');
    if (problem) {
      throw new Trouble(`"${prompt}" cannot be "${clean(subject[id] ?? '', 80)}".`, {
        likely: problem,
        next: 'Change this answer.',
      });
    }
  }
}

/** The subject as an X.501 Name. UTF-8, but for the two types that RFC 5280 fixes otherwise. */
export function encodeSubject(subject: Subject): Asn1 {
  const written = { country: printable, email: ia5 } as Partial<
    Record<SubjectFieldId, typeof utf8>
  >;
  const parts = subjectFields.flatMap((one) => {
    const value = subject[one.id];
    if (!value) return [];
    return set(sequence(oid(one.oid), (written[one.id] ?? utf8)(value)));
  });
  return sequence(...parts);
}

/** One part of a subject as read, cleaned for display; `type` is `CN`, `O`, ... or an identifier. */
export interface SubjectPart {
  type: string;
  value: string;
}

/** The parts of an X.501 Name, in the order written. */
export function readSubject(name: Asn1): SubjectPart[] {
  return children(name)
    .flatMap((rdn) => children(rdn))
    .map((pair) => {
      const [type, value] = children(pair);
      const id = dotted(type);
      return {
        type: subjectFields.find((one) => one.oid === id)?.short ?? id,
        value: clean(text(value), 200),
      };
    });
}

/** On one line, as `C=GB, O=Highly Trusted, CN=Highly Trusted CA`; separators inside values are escaped. */
export function subjectText(parts: readonly SubjectPart[]): string {
  return parts
    .map(({ type, value }) => `${type}=${value.replace(/[,+"\\<>;=]/g, '\\$&')}`)
    .join(', ');
}

function text(value: Asn1 | undefined): string {
  // forge has turned a BMPString into text already.
  if (isType(value, types.BMPSTRING)) return typeof value?.value === 'string' ? value.value : '';
  return content(value).toString(isType(value, types.UTF8) ? 'utf8' : 'latin1');
}
