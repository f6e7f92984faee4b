import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

export type KeyType = 'ecdsa-p256' | 'rsa-2048' | 'rsa-3072' | 'rsa-4096';

export const defaultKeyType: KeyType = 'ecdsa-p256';

/** The kinds of key offered, each with a line for the screen. */
export const keyTypes: readonly { id: KeyType; title: string; line: string }[] = [
  {
    id: 'ecdsa-p256',
    title: 'ECDSA P-256',
    line: 'Small and quick, strong enough for decades; every device with TLS 1.2 or 1.3 knows it.',
  },
  {
    id: 'rsa-2048',
    title: 'RSA 2048',
    line: 'As in most guides; for old devices without elliptic curves. Larger handshakes.',
  },
  {
    id: 'rsa-3072',
    title: 'RSA 3072',
    line: 'RSA as strong as P-256; several times slower on a small board.',
  },
  {
    id: 'rsa-4096',
    title: 'RSA 4096',
    line: 'The strongest RSA here; takes seconds to make, and every connection costs more.',
  },
];

/** Makes a private key, off the event loop (RSA 4096: about a second and a half, sometimes five). */
export async function generateKey(type: KeyType): Promise<KeyObject> {
  const generate = promisify(generateKeyPair);
  if (type === 'ecdsa-p256') {
    return (await generate('ec', { namedCurve: 'prime256v1' })).privateKey;
  }
  const modulusLength = Number(type.slice('rsa-'.length));
  return (await generate('rsa', { modulusLength })).privateKey;
}

/** Which of the offered kinds a key is, or null. */
export function keyTypeOf(key: KeyObject): KeyType | null {
  const details = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') {
    return keyTypes.find(({ id }) => id === `rsa-${details.modulusLength}`)?.id ?? null;
  }
  return details.namedCurve === 'prime256v1' ? 'ecdsa-p256' : null;
}

/** A key in words, offered or not: `ECDSA P-256`, `RSA 1024`, `ed25519`. */
export function keyTitle(key: KeyObject): string {
  const known = keyTypes.find(({ id }) => id === keyTypeOf(key));
  if (known) return known.title;
  const details = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') return `RSA ${details.modulusLength}`;
  return details.namedCurve ? `ECDSA ${details.namedCurve}` : (key.asymmetricKeyType ?? 'unknown');
}

/** The public half as a SubjectPublicKeyInfo (RFC 5280, 4.1), from either half. */
export function spki(key: KeyObject): Buffer {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return half.export({ type: 'spki', format: 'der' });
}

/**
 * Whether two keys, private or public, have the same public half. Of a private one that is what its file says: it may
 * be damaged all the same (`privateKeyProblem`).
 */
export const sameKey = (one: KeyObject, other: KeyObject): boolean => spki(one).equals(spki(other));
