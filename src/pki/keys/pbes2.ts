import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import {
  children,
  content,
  decode,
  dotted,
  encode,
  integer,
  nothing,
  octets,
  oid,
  sequence,
} from '../encoding/der.ts';
import { oids } from '../encoding/oids.ts';

// Password-based encryption of a PKCS#8 key (RFC 8018 PBES2): PBKDF2 with HMAC-SHA256, then
// AES-256-CBC. node's own export has 2,048 rounds fixed; a stolen file would be guessed 300 times
// faster. Scrypt would be better still, but at a useful size openssl refuses to open it.

/** Rounds of PBKDF2-HMAC-SHA256 (OWASP password storage cheat sheet); about 0.2 s to open. */
export const pbkdf2Rounds = 600_000;

// A hostile file could ask for hours of work.
const mostRounds = 10_000_000;

/** Encrypts the DER of a PKCS#8 key; the result is the DER of an EncryptedPrivateKeyInfo. */
export async function encryptPkcs8(pkcs8: Buffer, passphrase: string): Promise<Buffer> {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const key = await promisify(pbkdf2)(
    Buffer.from(passphrase, 'utf8'),
    salt,
    pbkdf2Rounds,
    32,
    'sha256',
  );
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const encrypted = Buffer.concat([cipher.update(pkcs8), cipher.final()]);
  key.fill(0);
  const prf = sequence(oid(oids.hmacWithSHA256), nothing());
  const kdf = sequence(oid(oids.pbkdf2), sequence(octets(salt), integer(pbkdf2Rounds), prf));
  const scheme = sequence(oid(oids.aes256Cbc), octets(iv));
  return encode(sequence(sequence(oid(oids.pbes2), sequence(kdf, scheme)), octets(encrypted)));
}

/** How a key file is encrypted, as far as we decrypt it ourselves. */
export interface Pbes2 {
  salt: Buffer;
  rounds: number;
  iv: Buffer;
  encrypted: Buffer;
}

/**
 * Reads an EncryptedPrivateKeyInfo of the kind written above (openssl's default is of it too, with
 * fewer rounds). Null when it is of another kind; throws when it asks for absurdly many rounds.
 */
export function readPbes2(der: Buffer): Pbes2 | null {
  let found: Pbes2;
  try {
    const [algorithm, encrypted] = children(decode(der));
    const [scheme, parameters] = children(algorithm);
    const [kdf, cipher] = children(parameters);
    const [kdfId, kdfParameters] = children(kdf);
    const [cipherId, iv] = children(cipher);
    const [salt, rounds, ...rest] = children(kdfParameters);
    const prf = dotted(children(rest.at(-1))[0]);
    const known = [dotted(scheme), dotted(kdfId), dotted(cipherId), prf];
    const ours = [oids.pbes2, oids.pbkdf2, oids.aes256Cbc, oids.hmacWithSHA256];
    if (known.some((id, at) => id !== ours[at])) return null;
    const count = Number.parseInt(content(rounds).toString('hex'), 16);
    found = { salt: content(salt), rounds: count, iv: content(iv), encrypted: content(encrypted) };
  } catch {
    return null;
  }
  if (!(found.rounds >= 1 && found.rounds <= mostRounds)) throw new RangeError('too many rounds');
  return found;
}

/** The DER of the PKCS#8 key, off the event loop; throws when the passphrase does not fit. */
export async function decryptPkcs8(file: Pbes2, passphrase: string): Promise<Buffer> {
  const key = await promisify(pbkdf2)(
    Buffer.from(passphrase, 'utf8'),
    file.salt,
    file.rounds,
    32,
    'sha256',
  );
  const decipher = createDecipheriv('aes-256-cbc', key, file.iv);
  key.fill(0);
  return Buffer.concat([decipher.update(file.encrypted), decipher.final()]);
}
