import { glob, keyType } from './known-hosts.ts';

// Host certificates are not asked for, so CASignatureAlgorithms has no part in this.

/** What the SSH configuration asks of a host key before anybody looks whether it is known. */
export interface HostKeyTerms {
  /** The algorithms to ask for, in this order: those of the configuration that we can do. */
  algorithms: readonly string[];
  /** An RSA key of fewer bits is refused. */
  rsaBits: number;
}

/** What we can do, in the order of ssh (myproposal.h). RSA keys sign with SHA-2 only (RFC 8332). */
export const ours: readonly string[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** The order of ssh before 8.5. */
const formerly = [...ours.slice(1, 4), 'ssh-ed25519', ...ours.slice(4)];

/** RSA keys of fewer bits ssh takes from nobody (SSH_RSA_MINIMUM_MODULUS_SIZE in its sshkey.h). */
const leastBits = 1024;

/**
 * What `HostKeyAlgorithms` leaves of our algorithms, with its `+`, `-` and `^` (ssh_config(5)); `ssh -G` prints it
 * without those. All of them where it is not set; null where ssh would call it a mistake.
 */
export function algorithmsOf(list: string | undefined): string[] | null {
  if (list === undefined) return [...ours];
  if (list.startsWith('-')) return ours.filter((name) => !matches(list.slice(1), name));
  const patterns = list.replace(/^[+^]/, '').split(',');
  if (patterns.some((pattern) => pattern.startsWith('!'))) return null;
  if (list.startsWith('+')) return [...ours];
  const named = patterns.flatMap((pattern) => ours.filter((name) => glob(pattern).test(name)));
  return [...new Set(list.startsWith('^') ? [...named, ...ours] : named)];
}

/** A pattern that begins with `!` and matches decides. Capitals count. */
function matches(patterns: string, name: string): boolean {
  const list = patterns.split(',');
  const hit = (pattern: string) => glob(pattern).test(name);
  return list.some(hit) && !list.some((one) => one.startsWith('!') && hit(one.slice(1)));
}

/** The bits of `RequiredRSASize`, which can only raise what ssh asks for anyway; null where it is no number. */
export function bitsOf(...sizes: (string | undefined)[]): number | null {
  const written = sizes.filter((size) => size !== undefined);
  if (!written.every((size) => /^\s*\+?\d+$/.test(size))) return null;
  return Math.max(leastBits, ...written.map(Number));
}

/**
 * What to ask a host for that is known by keys of these types: for one of those first, as ssh does it, unless the
 * configuration has an order of its own. `ssh -G` does not tell a list in the order of ssh from one of which some were
 * taken away, and so either counts as the latter.
 */
export function askFor({ algorithms }: HostKeyTerms, types: readonly string[]): string[] {
  const inOrder = (all: readonly string[]) =>
    all.filter((name) => algorithms.includes(name)).join() === algorithms.join();
  if (!inOrder(ours) && !inOrder(formerly)) return [...algorithms];
  const known = types.flatMap((type) =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type],
  );
  const first = known.filter((name) => algorithms.includes(name));
  return [...new Set([...first, ...algorithms])];
}

/** Whether it is an RSA key that is too short. */
export const isTooShort = (key: Buffer, terms: HostKeyTerms): boolean =>
  keyType(key) === 'ssh-rsa' && rsaBits(key) < terms.rsaBits;

/** The length of the modulus of an RSA key (RFC 4253, 6.6). */
export function rsaBits(key: Buffer): number {
  const [, , modulus] = fields(key);
  const digits = modulus?.toString('hex').replace(/^0+/, '') ?? '';
  return digits === ''
    ? 0
    : digits.length * 4 - Math.clz32(Number.parseInt(digits[0] ?? '', 16)) + 28;
}

/** The strings of a key blob, each behind its length. */
function fields(blob: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= blob.length; ) {
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) break;
    found.push(blob.subarray(at + 4, end));
    at = end;
  }
  return found;
}
