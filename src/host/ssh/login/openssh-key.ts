import { type KeyObject, randomBytes } from 'node:crypto';

// The private key format of OpenSSH: its file PROTOCOL.key.

const magic = Buffer.from('openssh-key-v1\0', 'latin1');

/**
 * The public key blob in an OpenSSH private key file. It is not encrypted, so that it can be told
 * whether the agent has the key without asking for the passphrase.
 */
export function publicPart(text: string): Buffer | undefined {
  const [, base64] = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text) ?? [];
  const data = Buffer.from(base64 ?? '', 'base64');
  if (!data.subarray(0, magic.length).equals(magic)) return undefined;
  let at = magic.length;
  const take = () => {
    if (at + 4 > data.length) return undefined;
    const from = at + 4;
    at = from + data.readUInt32BE(at);
    return at <= data.length ? data.subarray(from, at) : undefined;
  };
  take(); // cipher
  take(); // key derivation
  take(); // its options
  at += 4; // number of keys, always 1
  return take();
}

/** An Ed25519 key as an unencrypted OpenSSH file, in memory, for a library that reads no PKCS#8. */
export function ed25519KeyFile(key: KeyObject): string {
  const { x = '', d = '' } = key.export({ format: 'jwk' });
  const open = Buffer.from(x, 'base64url');
  const seed = Buffer.from(d, 'base64url');
  const type = Buffer.from('ssh-ed25519');
  const check = randomBytes(4);
  const secret = [check, check, field(type), field(open), field(Buffer.concat([seed, open]))];
  const body = Buffer.concat([...secret, field(Buffer.alloc(0))]);
  const padding = Buffer.from(Array.from({ length: (8 - (body.length % 8)) % 8 }, (_, n) => n + 1));
  const none = field(Buffer.from('none'));
  const one = Buffer.from([0, 0, 0, 1]);
  const blob = field(Buffer.concat([field(type), field(open)]));
  const all = [magic, none, none, field(Buffer.alloc(0)), one, blob];
  const base64 = Buffer.concat([...all, field(Buffer.concat([body, padding]))]).toString('base64');
  const lines = base64.match(/.{1,70}/g) ?? [];
  return [
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    ...lines,
    '-----END OPENSSH PRIVATE KEY-----',
    '',
  ].join('\n');
}

/** A string of the SSH protocol: four bytes of length, then the bytes. */
function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
