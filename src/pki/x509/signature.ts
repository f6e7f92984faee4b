import {
  createPublicKey,
  sign as cryptoSign,
  verify as cryptoVerify,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { type Asn1, bits, encode, nothing, oid, sequence } from '../encoding/der.ts';
import { oids } from '../encoding/oids.ts';
import { keyTitle } from '../keys/key.ts';

interface Algorithm {
  oid: string;
  /** null: the algorithm hashes by itself. */
  hash: 'sha256' | 'sha384' | 'sha512' | null;
  key: 'rsa' | 'ec' | 'ed25519';
}

const algorithms: readonly Algorithm[] = [
  { oid: oids.sha256WithRSAEncryption, hash: 'sha256', key: 'rsa' },
  { oid: oids.sha384WithRSAEncryption, hash: 'sha384', key: 'rsa' },
  { oid: oids.sha512WithRSAEncryption, hash: 'sha512', key: 'rsa' },
  { oid: oids.ecdsaWithSHA256, hash: 'sha256', key: 'ec' },
  { oid: oids.ecdsaWithSHA384, hash: 'sha384', key: 'ec' },
  { oid: oids.ecdsaWithSHA512, hash: 'sha512', key: 'ec' },
  { oid: oids.ed25519, hash: null, key: 'ed25519' },
];

// The hash as strong as the curve (RFC 5480, 4).
const curveHashes: Record<string, Algorithm['hash']> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
};

/** Why a key cannot sign certificates, or null when it can. */
export function signingKeyProblem(key: KeyObject): string | null {
  const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa' && modulusLength < 2048) {
    return `Its key is ${keyTitle(key)}, too short to be trusted; TLS programs refuse it.`;
  }
  return signingAlgorithm(key)
    ? null
    : `Its key is of a kind (${keyTitle(key)}) that is not supported.`;
}

function signingAlgorithm(key: KeyObject): Algorithm | undefined {
  const kind = key.asymmetricKeyType;
  const hash =
    kind === 'rsa'
      ? 'sha256'
      : kind === 'ec'
        ? curveHashes[key.asymmetricKeyDetails?.namedCurve ?? '']
        : null;
  return algorithms.find((one) => one.key === kind && one.hash === hash);
}

/** The AlgorithmIdentifier of what a key signs with. */
export function algorithmOf(key: KeyObject): Asn1 {
  const algorithm = signingAlgorithm(key);
  if (!algorithm) throw new Error(`no signature algorithm for ${keyTitle(key)}`);
  // RSA has a NULL parameter, the others none (RFC 4055, 5758, 8410).
  return algorithm.key === 'rsa'
    ? sequence(oid(algorithm.oid), nothing())
    : sequence(oid(algorithm.oid));
}

/** A value with its signature, as certificates, requests and revocation lists have it. */
export function signed(value: Asn1, key: KeyObject): Buffer {
  const signature = cryptoSign(signingAlgorithm(key)?.hash ?? null, encode(value), key);
  return encode(sequence(value, algorithmOf(key), bits(signature)));
}

/**
 * Whether a private key is that of a public one, seen by what it does: the public part that stands in its file may be
 * right where the private one is damaged.
 */
export function isPair(privateKey: KeyObject, publicKey: KeyObject): boolean {
  const hash = signingAlgorithm(privateKey)?.hash ?? null;
  const text = randomBytes(32);
  try {
    if (privateKey.asymmetricKeyType === 'rsa' && !isConsistent(privateKey)) return false;
    return cryptoVerify(hash, text, publicKey, cryptoSign(hash, text, privateKey));
  } catch {
    return false;
  }
}

/** Why a private key cannot be used, or null when it can: what it signs is to be what its own public part verifies. */
export const privateKeyProblem = (key: KeyObject): string | null =>
  signingKeyProblem(key) ??
  (isPair(key, createPublicKey(key))
    ? null
    : 'Its key is damaged: nobody could verify what it signs.');

/**
 * Whether the numbers of an RSA key belong together (RFC 8017, 3.2). A signature does not show it: OpenSSL takes
 * whichever of them give a right one, and other programs take others.
 */
function isConsistent(key: KeyObject): boolean {
  const jwk = key.export({ format: 'jwk' });
  const number = (text: string | undefined) =>
    BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex') || '0'}`);
  const [n, e, d, p, q] = [jwk.n, jwk.e, jwk.d, jwk.p, jwk.q].map(number);
  const [dp, dq, qi] = [jwk.dp, jwk.dq, jwk.qi].map(number);
  if (!n || !e || !d || !p || !q || !dp || !dq || !qi || p < 3n || q < 3n) return false;
  const isInverse = (one: bigint, below: bigint) => (e * one) % below === 1n;
  return (
    p * q === n &&
    [d, dp].every((one) => isInverse(one, p - 1n)) &&
    [d, dq].every((one) => isInverse(one, q - 1n)) &&
    (qi * q) % p === 1n
  );
}

/** Whether a signature algorithm rests on MD5 or SHA-1. */
export const isWeakAlgorithm = (id: string): boolean =>
  (
    [oids.md5WithRSAEncryption, oids.sha1WithRSAEncryption, oids.ecdsaWithSHA1] as string[]
  ).includes(id);

/** Whether a signature by the algorithm `id` over `bytes` is that of a key. */
export function verifies(id: string, bytes: Buffer, signature: Buffer, key: KeyObject): boolean {
  const algorithm = algorithms.find((one) => one.oid === id);
  if (!algorithm || algorithm.key !== key.asymmetricKeyType) return false;
  return cryptoVerify(algorithm.hash, bytes, key, signature);
}
