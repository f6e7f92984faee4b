import { createHash, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/**
 * Whether a user of a `mosquitto_passwd` file has this password. Knows its two classic forms:
 * `$6$` (SHA-512) and `$7$` (PBKDF2-HMAC-SHA512, the default of 2.0); others fit nobody.
 */
export async function passwordFits(
  file: string,
  username: string,
  password: Uint8Array,
): Promise<boolean> {
  const line = file.split(/\r?\n/).find((text) => text.startsWith(`${username}:`));
  const [, kind, ...fields] = line?.slice(username.length + 1).split('$') ?? [];
  const expected = Buffer.from(fields.at(-1) ?? '', 'base64');
  if (kind === '6') {
    const salt = Buffer.from(fields[0] ?? '', 'base64');
    return same(createHash('sha512').update(password).update(salt).digest(), expected);
  }
  if (kind === '7') {
    const rounds = Number(fields[0]);
    if (!Number.isInteger(rounds) || rounds < 1 || rounds > 10_000_000) return false;
    const salt = Buffer.from(fields[1] ?? '', 'base64');
    return same(await promisify(pbkdf2)(password, salt, rounds, 64, 'sha512'), expected);
  }
  return false;
}

function same(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
