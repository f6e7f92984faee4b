import { isIP, isIPv4, isIPv6 } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';

/** A name or address by which clients reach the broker (subject alternative name). */
export interface SubjectAltName {
  kind: 'dns' | 'ip';
  /** In normal form, see `subjectAltName`. */
  value: string;
}

/**
 * Decides whether a text is a DNS name or an address, and writes it in its one normal form, the one that is signed,
 * compared, proved and told to clients. DNS: lower case, international names in their ASCII form (RFC 5891), no dot at
 * the end (RFC 9525, 6.3). IP: dotted, or RFC 5952 text; `::ffff:10.0.0.1` is 10.0.0.1, the machine that it leads to.
 * Throws a Trouble with the reason for anything else (wildcards, ports, URLs, zones).
 */
export function subjectAltName(text: string): SubjectAltName {
  const found = parse(text);
  if (typeof found !== 'string') return found;
  throw new Trouble(`"${clean(text, 80)}" cannot stand in the broker's certificate.`, {
    likely: found,
    next: 'Give a host name such as rock-4se.local, or an address such as 192.168.1.20.',
  });
}

/** Why a text cannot be a subject alternative name, or null when it can. */
export function subjectAltNameProblem(text: string): string | null {
  const found = parse(text);
  return typeof found === 'string' ? found : null;
}

/** Several at once, each only once, in the order given. */
export function subjectAltNames(texts: readonly string[]): SubjectAltName[] {
  const all = texts.map(subjectAltName);
  return all.filter((name, at) => all.findIndex((other) => sameName(other, name)) === at);
}

/** The normal form of a name or address; throws as `subjectAltName`. */
export const normalName = (text: string): string => subjectAltName(text).value;

/** The normal form of what has one; anything else as it is. */
export const normalIfAny = (text: string): string =>
  subjectAltNameProblem(text) === null ? normalName(text) : text;

/** An address without the zone (after %), which means something on one machine alone (RFC 4007, 11). */
export const withoutZone = (text: string): string =>
  isIPv6(text) ? text.replace(/%.*$/, '') : text;

/** The normal forms of those texts that have one, each once. */
export const usableNames = (texts: readonly string[]): string[] => [
  ...new Set(texts.filter((text) => subjectAltNameProblem(text) === null).map(normalName)),
];

/** A name for people: an international one also in its own letters, `xn--bcher-kva.example (bücher.example)`. */
export function readableName(name: string): string {
  const letters = clean(domainToUnicode(name), 253);
  return letters === '' || letters === name ? name : `${name} (${letters})`;
}

export const sameName = (one: SubjectAltName, other: SubjectAltName): boolean =>
  one.kind === other.kind && one.value === other.value;

/** The 4 or 16 octets of an address. */
export function addressOctets(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  // The URL parser gives eight groups or fewer with one "::", and never a dotted end.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string | undefined) => (part ? part.split(':') : []);
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** The normal text of 4 or 16 octets, or null for another number of them. */
export function addressText(octets: Buffer): string | null {
  if (octets.length === 4) return octets.join('.');
  if (octets.length !== 16) return null;
  const groups = octets.toString('hex').match(/.{4}/g)?.join(':');
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

function parse(text: string): SubjectAltName | string {
  const inner = /^\[(.*)\]$/.exec(text)?.[1] ?? '';
  const bare = isIPv6(inner) ? inner : text;
  return isIP(bare) ? address(bare) : dnsName(text);
}

function address(text: string): SubjectAltName | string {
  if (text.includes('%')) {
    return 'An address with a zone (after %) means something on one machine only; leave the zone off.';
  }
  const octets = addressOctets(text);
  if (octets.every((octet) => octet === 0)) return 'It is the address of no machine.';
  // Clients compare octets as they were called: one name for one machine is what they are told to use.
  const mapped = octets.length === 16 && octets.subarray(0, 12).equals(mappedPrefix);
  const value = addressText(mapped ? octets.subarray(12) : octets);
  return value === '0.0.0.0' || value === null
    ? 'It is the address of no machine.'
    : { kind: 'ip', value };
}

const mappedPrefix = Buffer.from('00000000000000000000ffff', 'hex');

function dnsName(text: string): SubjectAltName | string {
  if (text === '') return 'It is empty.';
  if (text.length > 500) return 'It is too long.';
  if (clean(text, 2000) !== text) return 'It contains a control character or an invisible one.';
  if (text.includes('*')) {
    return 'A wildcard would make this certificate good for other machines too; name each machine.';
  }
  if (/\s/.test(text)) return 'It contains a blank.';
  if (text.includes('/') || text.includes('@'))
    return 'It is not a bare name; leave off what is around it.';
  if (text.includes(':')) {
    const beforePort = text.replace(/:\d+$/, '');
    return !beforePort.includes(':') || /^\[.*\]$/.test(beforePort)
      ? 'A certificate names a machine, not a port; leave off the colon and what follows.'
      : 'It is not a complete IPv6 address.';
  }
  // Of what is not ASCII the parser of URLs would take more for granted: %-codes, what stands behind a "#".
  const odd = /[^a-z0-9._\-\u0080-\u{10ffff}]/iu.exec(text)?.[0];
  if (odd) return `A host name cannot contain "${odd}".`;
  if (number.test(text.split('.').at(-1) ?? '')) return notFourNumbers;
  const value = domainToASCII(text).replace(/\.$/, '');
  if (value === '') return 'It is not a host name.';
  if (value.length > 253) return 'A host name has at most 253 characters.';
  const labels = value.split('.');
  if (number.test(labels.at(-1) ?? '')) return notFourNumbers;
  for (const label of labels) {
    const wrong = labelProblem(label);
    if (wrong !== null) return wrong;
  }
  return standsForLetters(value)
    ? { kind: 'dns', value }
    : 'A part with "xn--" is not the ASCII form of any international name; type it in its own letters.';
}

/** A name never ends in one; many programs take what does for an address, each in its own way (WHATWG URL, 3.5). */
const number = /^(\d+|0x[0-9a-f]*)$/i;

const notFourNumbers =
  'It looks like an IPv4 address but is not one: four numbers from 0 to 255 are needed, with no zero before them and no dot at the end.';

function labelProblem(label: string): string | null {
  if (label === '') return 'It has an empty part between dots.';
  if (label.length > 63) return 'A part between dots has at most 63 characters.';
  // An underscore is no host name by the book, but is common in home networks and accepted.
  const strange = /[^a-z0-9_-]/.exec(label)?.[0];
  if (strange) return `A host name cannot contain "${strange}".`;
  if (label.startsWith('-') || label.endsWith('-')) return 'A part begins or ends with "-".';
  return null;
}

/** Labels with `xn--` that stand for nothing, or are no normal form, are looked up by some programs and not by others. */
const standsForLetters = (name: string): boolean =>
  !/(^|\.)xn--/.test(domainToUnicode(name)) && domainToASCII(domainToUnicode(name)) === name;
