import { createPrivateKey, type KeyObject } from 'node:crypto';
import { stat } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { HostError } from '../../../errors/host-error.ts';
import { givenFor, readGiven } from '../../../this-machine/given-file.ts';
import { ed25519KeyFile, publicPart } from './openssh-key.ts';

/** A private key file as far as it can be used. */
export type KeyFile =
  | { path: string; state: 'missing' }
  /** `publicKey`: the raw blob, to find the key in the agent. Absent where it cannot be known. */
  | { path: string; state: 'ready'; publicKey: Buffer; key: ParsedKey }
  | { path: string; state: 'locked'; publicKey?: Buffer; unlock: (passphrase: string) => ParsedKey }
  /** Only the public half is here; the agent may hold the other. */
  | { path: string; state: 'public'; publicKey: Buffer }
  | { path: string; state: 'unusable'; publicKey?: Buffer; why: HostError };

/** Thrown by `unlock`: try another one. */
export class WrongPassphrase extends Error {}

/**
 * Reads a private key: OpenSSH, PEM (PKCS#1, SEC1), PKCS#8 (which ssh2 itself cannot read) and
 * PuTTY, encrypted or not. Unlocking an OpenSSH key is slow by design (bcrypt): 0.3 s and more.
 */
export async function readKeyFile(path: string): Promise<KeyFile> {
  let bytes: Buffer;
  try {
    bytes = await readGiven(path, givenFor.key);
  } catch (error) {
    if (error instanceof HostError) return { path, state: 'unusable', why: error };
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      return { path, state: 'unusable', why: unreadable(path, error) };
    const publicKey = await readPublic(`${path}.pub`);
    return publicKey ? { path, state: 'public', publicKey } : { path, state: 'missing' };
  }
  const text = bytes.toString('latin1');
  const { mode, uid } = await stat(path);
  // As ssh does, which asks it of its user's own private keys (sshkey_perm_ok).
  if (/PRIVATE KEY|^PuTTY-User-Key/.test(text) && uid === process.getuid?.() && mode & 0o077) {
    const publicKey = publicPart(text) ?? (await readPublic(`${path}.pub`));
    return { path, state: 'unusable', ...(publicKey && { publicKey }), why: tooOpen(path, mode) };
  }
  if (/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(text)) return pkcs8(path, bytes, text);
  const key = parse(bytes);
  if (!(key instanceof Error)) {
    const publicKey = key.getPublicSSH();
    return key.isPrivateKey()
      ? { path, state: 'ready', publicKey, key }
      : { path, state: 'public', publicKey };
  }
  const publicKey = publicPart(text) ?? (await readPublic(`${path}.pub`));
  const known = publicKey && { publicKey };
  if (!/no passphrase given/.test(key.message))
    return { path, state: 'unusable', ...known, why: unsupported(path, key) };
  return { path, state: 'locked', ...known, unlock: (secret) => unlock(path, bytes, secret) };
}

function unlock(path: string, bytes: Buffer, passphrase: string): ParsedKey {
  const key = parse(bytes, passphrase);
  if (!(key instanceof Error)) return key;
  // ssh2 knows no chacha20 for key files; everything else it says here is a wrong passphrase.
  if (/initialization vector|Unsupported/i.test(key.message)) throw unsupported(path, key);
  throw new WrongPassphrase();
}

function parse(bytes: Buffer | string, passphrase?: string): ParsedKey | Error {
  try {
    const key = ssh2.utils.parseKey(bytes, passphrase) as ParsedKey | ParsedKey[] | Error;
    if (!Array.isArray(key)) return key;
    return key[0] ?? new Error('Empty key file');
  } catch (error) {
    return error as Error;
  }
}

/** PKCS#8 is read by node:crypto and handed on in a form ssh2 understands; nothing is written. */
async function pkcs8(path: string, bytes: Buffer, text: string): Promise<KeyFile> {
  if (/BEGIN PRIVATE/.test(text)) {
    try {
      const key = fromKeyObject(path, createPrivateKey(bytes));
      return { path, state: 'ready', publicKey: key.getPublicSSH(), key };
    } catch (error) {
      const why = error instanceof HostError ? error : unsupported(path, error);
      return { path, state: 'unusable', why };
    }
  }
  const publicKey = await readPublic(`${path}.pub`);
  const unlock = (passphrase: string) => {
    let object: KeyObject;
    try {
      object = createPrivateKey({ key: bytes, passphrase });
    } catch {
      throw new WrongPassphrase();
    }
    return fromKeyObject(path, object);
  };
  return { path, state: 'locked', ...(publicKey && { publicKey }), unlock };
}

function fromKeyObject(path: string, object: KeyObject): ParsedKey {
  const type = object.asymmetricKeyType;
  const text =
    type === 'ed25519'
      ? ed25519KeyFile(object)
      : object.export({ format: 'pem', type: type === 'ec' ? 'sec1' : 'pkcs1' });
  const key = parse(text);
  if (key instanceof Error) throw unsupported(path, key);
  return key;
}

/** The blob in a `.pub` file. */
async function readPublic(path: string): Promise<Buffer | undefined> {
  try {
    const [, blob] = (await readGiven(path, givenFor.key)).toString('latin1').trim().split(/\s+/);
    return blob === undefined ? undefined : Buffer.from(blob, 'base64');
  } catch {
    return undefined;
  }
}

function tooOpen(path: string, mode: number): HostError {
  return new HostError('key-unreadable', `The key file ${path} can be read or written by others.`, {
    likely: `Its mode is ${(mode & 0o777).toString(8)}; ssh does not use such a key either.`,
    next: `\`chmod 600 '${path}'\`, then try again.`,
  });
}

function unreadable(path: string, cause: unknown): HostError {
  return new HostError('key-unreadable', `The key file ${path} cannot be read.`, {
    likely: 'It belongs to another user, or it is a folder.',
    next: `Look at it with \`ls -l '${path}'\`, or name another with --identity FILE.`,
    cause,
  });
}

function unsupported(path: string, cause: unknown): HostError {
  return new HostError('key-unreadable', `The key in ${path} is of a kind Lockstep cannot use.`, {
    likely: 'It is a hardware (FIDO) or DSA key, is encrypted with chacha20, or is no private key.',
    next:
      `Write it anew with \`ssh-keygen -p -Z aes256-ctr -f '${path}'\` (it asks for the ` +
      'passphrase), add it to ssh-agent, or name another key with --identity FILE.',
    cause,
  });
}
