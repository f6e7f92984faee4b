import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HostError } from '../../../errors/host-error.ts';
import { clean } from '../../../text/clean.ts';
import { givenFor, readGiven } from '../../../this-machine/given-file.ts';

// The known_hosts format is described in sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".

export interface KnownHost {
  file: string;
  /** Counts from 1. */
  line: number;
  marker: '' | '@revoked' | '@cert-authority';
  /** The first field as written: patterns with commas, or one hashed name. */
  hosts: string;
  /** `ssh-ed25519`, `ssh-rsa`... */
  type: string;
  key: Buffer;
}

export type Lookup =
  | { verdict: 'known' }
  | { verdict: 'unknown'; trustsAuthority: boolean }
  | { verdict: 'changed' | 'revoked'; entry: KnownHost };

/** Under what a host is looked for. */
export interface HostNames {
  /** As known_hosts names it. */
  named: string;
  /** The same without a port; ssh takes a key that stands under that, too. */
  bare: string;
}

/** A host at a port; with an alias (`HostKeyAlias`, in lower case) that alone counts, without the port. */
export const hostNames = (hostname: string, port: number, alias?: string): HostNames => ({
  named: alias ?? knownHostName(hostname, port),
  bare: alias ?? knownHostName(hostname, 22),
});

/** A host as known_hosts names it: `name`, or `[name]:port` where the port is not 22. */
export function knownHostName(hostname: string, port: number): string {
  const name = hostname.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** As `ssh-keygen -lf` prints it: `SHA256:` and base64 without padding. `key` is the raw blob. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The algorithm name that every key blob begins with (RFC 4253, 6.6). */
export function keyType(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return key.toString('latin1', 4, Math.min(4 + length, 68));
}

/** The entries of one file; lines that cannot be read are skipped, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((raw, index) => {
    const fields = raw.trim().split(/[ \t]+/);
    const marker = fields[0]?.startsWith('@') ? fields.shift() : '';
    const [hosts = '', type = '', blob = ''] = fields;
    const key = Buffer.from(blob, 'base64');
    if (hosts === '' || hosts.startsWith('#') || keyType(key) !== type || type === '') return [];
    if (marker !== '' && marker !== '@revoked' && marker !== '@cert-authority') return [];
    return [{ file, line: index + 1, marker, hosts, type, key }];
  });
}

/**
 * All entries of the files that exist, in their order. HostError where one cannot be read: who does not see a known key
 * does not see that it has changed.
 */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHost[]> {
  const entries: KnownHost[] = [];
  for (const file of files) {
    try {
      entries.push(
        ...parseKnownHosts((await readGiven(file, givenFor.knownHosts)).toString(), file),
      );
    } catch (error) {
      if (error instanceof HostError) throw error;
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unreadable(file, code, error);
    }
  }
  return entries;
}

const whyUnreadable: Record<string, string> = {
  EACCES: 'It, or a folder above it, is not for this user to read.',
  EPERM: 'It, or a folder above it, is not for this user to read.',
  EISDIR: 'It is a folder.',
  ELOOP: 'It is a link that leads back to itself.',
};

function unreadable(file: string, code: string, cause: unknown): HostError {
  return new HostError('failed', `The known hosts in ${clean(file)} cannot be read.`, {
    likely: whyUnreadable[code] ?? 'The disk could not be read.',
    next: `Look at it with "ls -l ${clean(file)}", and put it right or move it away. Nothing was done.`,
    cause,
  });
}

/**
 * What is known about `key` for a host. A host that is known by other keys only, of whatever type,
 * counts as changed: offering a type that nobody has seen is how a man in the middle would look.
 */
export function lookup(entries: readonly KnownHost[], names: HostNames, key: Buffer): Lookup {
  const named = entriesFor(entries, names.named);
  const bare = entriesFor(entries, names.bare);
  const revoked = [...named, ...bare].find((e) => e.marker === '@revoked' && e.key.equals(key));
  if (revoked) return { verdict: 'revoked', entry: revoked };
  const plain = named.filter((entry) => entry.marker === '');
  const equal = (entry: KnownHost) => entry.marker === '' && entry.key.equals(key);
  if (plain.some(equal)) return { verdict: 'known' };
  const other = plain.find((entry) => entry.type === keyType(key)) ?? plain[0];
  if (other) return { verdict: 'changed', entry: other };
  if (bare.some(equal)) return { verdict: 'known' };
  const trustsAuthority = named.some((entry) => entry.marker === '@cert-authority');
  return { verdict: 'unknown', trustsAuthority };
}

/** The key types a host is known by, to be asked for first (or a known host looks changed). */
export function knownTypes(entries: readonly KnownHost[], names: HostNames): string[] {
  const plain = entries.filter(({ marker }) => marker === '');
  const named = entriesFor(plain, names.named);
  const found = named.length > 0 ? named : entriesFor(plain, names.bare);
  return [...new Set(found.map(({ type }) => type))];
}

/** The entries that are for a host by this name. */
export function entriesFor(entries: readonly KnownHost[], name: string): KnownHost[] {
  return entries.filter(({ hosts }) =>
    hosts.startsWith('|') ? matchesHash(hosts, name) : matchesPatterns(hosts, name),
  );
}

/** `|1|salt|HMAC-SHA1(salt, name)`, both in base64. */
function matchesHash(hashed: string, name: string): boolean {
  const [, magic, salt = '', hash = ''] = hashed.split('|');
  const wanted = Buffer.from(hash, 'base64');
  const found = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return magic === '1' && wanted.length === found.length && timingSafeEqual(wanted, found);
}

/** Patterns with `*` and `?`, separated by commas; one that begins with `!` and matches decides. */
function matchesPatterns(list: string, name: string): boolean {
  const patterns = list.toLowerCase().split(',');
  const hit = (pattern: string) => glob(pattern).test(name);
  return (
    patterns.some((pattern) => !pattern.startsWith('!') && hit(pattern)) &&
    !patterns.some((pattern) => pattern.startsWith('!') && hit(pattern.slice(1)))
  );
}

/** A pattern of ssh_config(5), as used in known_hosts and in `Host` lines. */
export function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

/** Adds a key for a host, by the name that known_hosts has for it. The file is made with mode 0600, its folder (~/.ssh) with 0700. */
export async function appendKnownHost(
  file: string,
  name: string,
  key: Buffer,
  hashed: boolean,
): Promise<void> {
  const line = `${hashed ? hashName(name) : name} ${keyType(key)} ${key.toString('base64')}\n`;
  await mkdir(dirname(file), { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    await handle.appendFile(size > 0 && last.toString() !== '\n' ? `\n${line}` : line);
  } finally {
    await handle.close();
  }
}

function hashName(name: string): string {
  const salt = randomBytes(20);
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}
