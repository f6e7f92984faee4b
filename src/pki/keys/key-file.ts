import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Trouble, type TroubleDetails } from '../../errors/trouble.ts';
import { pemBlock, toPem } from '../encoding/pem.ts';
import { decryptPkcs8, encryptPkcs8, readPbes2 } from './pbes2.ts';

export type KeyTroubleKind =
  | 'passphrase-missing'
  | 'passphrase-wrong'
  | 'not-a-key'
  | 'unsupported';

/** A private key file that cannot be opened. */
export class KeyTrouble extends Trouble {
  override readonly name = 'KeyTrouble';
  readonly kind: KeyTroubleKind;
  constructor(kind: KeyTroubleKind, what: string, more: TroubleDetails = {}) {
    super(what, more);
    this.kind = kind;
  }
}

/** Why a text cannot be a passphrase, or null when it can (the bounds are openssl's). */
export function passphraseProblem(passphrase: string): string | null {
  if ([...passphrase].length < 4) return 'A passphrase has at least 4 characters.';
  if (Buffer.byteLength(passphrase) > 1000) return 'The passphrase is too long.';
  if (/[\0\r\n]/.test(passphrase)) return 'A passphrase is one line.';
  return null;
}

/** A private key as PEM (PKCS#8); encrypted when a passphrase is given. */
export async function writeKey(key: KeyObject, passphrase?: string): Promise<string> {
  const der = key.export({ type: 'pkcs8', format: 'der' });
  if (passphrase === undefined) return toPem('PRIVATE KEY', der);
  const problem = passphraseProblem(passphrase);
  if (problem) throw new Trouble('The passphrase cannot be used.', { likely: problem });
  const encrypted = await encryptPkcs8(der, passphrase);
  der.fill(0);
  return toPem('ENCRYPTED PRIVATE KEY', encrypted);
}

const privateKeyLabel = /^(ENCRYPTED |RSA |EC )?PRIVATE KEY$/;

/** Whether a key file needs a passphrase; null when there is no private key in it. */
export function isEncryptedKey(pem: string): boolean | null {
  const block = pemBlock(pem, privateKeyLabel);
  if (!block) return null;
  return block.label.startsWith('ENCRYPTED') || /^Proc-Type: 4,ENCRYPTED/m.test(block.text);
}

/**
 * Opens a private key in PEM: PKCS#8, or the older PKCS#1 and SEC1, encrypted or not.
 * `file` is how the file is called in messages, already clean. Throws a KeyTrouble.
 */
export async function openKey(pem: string, file: string, passphrase?: string): Promise<KeyObject> {
  const block = pemBlock(pem, privateKeyLabel);
  if (!block) throw notAKey(pem, file);
  if (!isEncryptedKey(pem)) {
    try {
      return createPrivateKey(block.text);
    } catch (cause) {
      throw new KeyTrouble('not-a-key', `${file} is damaged: its private key cannot be read.`, {
        likely: 'It was cut short or changed.',
        next: 'Bring the file back from a copy.',
        cause,
      });
    }
  }
  if (passphrase === undefined || passphrase === '') {
    throw new KeyTrouble('passphrase-missing', `${file} is locked with a passphrase.`, {
      next: 'Give its passphrase (unattended: --passphrase-file FILE).',
    });
  }
  try {
    const known = block.label.startsWith('ENCRYPTED') ? readPbes2(block.der) : null;
    // Other kinds are left to node; they are few and quick to derive.
    if (!known) return createPrivateKey({ key: block.text, passphrase });
    const der = await decryptPkcs8(known, passphrase);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    der.fill(0);
    return key;
  } catch (cause) {
    throw cannotOpen(cause, file);
  }
}

function cannotOpen(cause: unknown, file: string): KeyTrouble {
  const words = `${(cause as { code?: string }).code} ${(cause as Error).message}`;
  // A cipher that openssl no longer has says EVP; plain "unsupported" is what it makes of the
  // nonsense that one wrong passphrase in 256 decrypts to.
  if (/ERR_OSSL_EVP_UNSUPPORTED|memory limit|too many rounds/i.test(words)) {
    return new KeyTrouble(
      'unsupported',
      `${file} is encrypted in a way that cannot be opened here.`,
      {
        likely: 'It was made by a very old program, or with unusual settings.',
        next: `Write it anew with: openssl pkcs8 -topk8 -v2 aes-256-cbc -in ${file} -out NEW`,
        cause,
      },
    );
  }
  return new KeyTrouble('passphrase-wrong', `The passphrase does not open ${file}.`, {
    likely:
      'It was mistyped (look at Caps Lock and the keyboard layout), or belongs to another key.',
    next: 'Try again. A forgotten passphrase cannot be recovered: then a new authority is needed.',
    cause,
  });
}

function notAKey(pem: string, file: string): KeyTrouble {
  const certificate = pem.includes('-----BEGIN CERTIFICATE');
  const ssh = pem.includes('-----BEGIN OPENSSH PRIVATE KEY');
  return new KeyTrouble('not-a-key', `${file} holds no private key that can be used.`, {
    likely: certificate
      ? 'It holds a certificate: key and certificate were swapped.'
      : ssh
        ? 'It holds a key for SSH, which is of another format.'
        : 'It is empty, damaged, or not PEM.',
    next: 'Put the right file there.',
  });
}
