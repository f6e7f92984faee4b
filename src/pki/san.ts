import { isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import { clean } from '../clean.ts';
import { Trouble } from '../trouble.ts';

/** A name or address by which clients reach the broker (subject alternative name). */
export interface SubjectAltName {
  kind: 'dns' | 'ip';
  /** DNS: lower case, international names in their ASCII form. IP: dotted, or RFC 5952 text. */
  value: string;
}

/**
 * Decides whether a text is a DNS name or an address, and writes it in its one normal form.
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
  const bare = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
  if (isIP(bare)) return address(bare);
  return dnsName(text);
}

function address(text: string): SubjectAltName | string {
  if (text.includes('%')) {
    return 'An address with a zone (after %) means something on one machine only; leave the zone off.';
  }
  const octets = addressOctets(text);
  if (octets.every((octet) => octet === 0)) return 'It is the address of no machine.';
  // ::ffff:a.b.c.d is an IPv4 address in IPv6 dress; clients compare the four octets.
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
  const ascii = /^[\x21-\x7e]*$/.test(text) ? text.toLowerCase() : domainToASCII(text);
  const value = ascii.replace(/\.$/, '');
  if (value === '') return 'It is not a host name.';
  if (value.length > 253) return 'A host name has at most 253 characters.';
  const labels = value.split('.');
  for (const label of labels) {
    if (label === '') return 'It has an empty part between dots.';
    if (label.length > 63) return 'A part between dots has at most 63 characters.';
    // An underscore is no host name by the book, but is common in home networks and accepted.
    const strange = /[^a-z0-9_-]/.exec(label)?.[0];
    if (strange) return `A host name cannot contain "${strange}".`;
    if (label.startsWith('-') || label.endsWith('-')) return 'A part begins or ends with "-".';
  }
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) {
    return 'It looks like an IPv4 address but is not one: four numbers from 0 to 255 are needed.';
  }
  return { kind: 'dns', value };
}
