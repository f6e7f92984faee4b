import { createPrivateKey, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateKey, keyTitle, keyTypeOf, keyTypes, sameKey } from '../../src/pki/keys/key.ts';
import {
  isEncryptedKey,
  openKey,
  passphraseProblem,
  writeKey,
} from '../../src/pki/keys/key-file.ts';
import { newFolder, openssl, withoutOpenssl } from '../support/pki/parts.ts';

const passphrase = 'Straße nach Übersee 7';
const key = await generateKey('ecdsa-p256');
const locked = await writeKey(key, passphrase);

test('a locked key opens with its passphrase, here and in node', async () => {
  expect(isEncryptedKey(locked)).toBe(true);
  expect(sameKey(await openKey(locked, 'root_ca.key', passphrase), key)).toBe(true);
  expect(sameKey(createPrivateKey({ key: locked, passphrase }), key)).toBe(true);
});

test('a wrong or missing passphrase is told as such, and without the passphrase', async () => {
  const wrong = openKey(locked, 'root_ca.key', 'falsch');
  await expect(wrong).rejects.toMatchObject({ kind: 'passphrase-wrong' });
  await expect(wrong).rejects.not.toThrow(/falsch/);
  await expect(openKey(locked, 'root_ca.key')).rejects.toMatchObject({
    kind: 'passphrase-missing',
  });
  await expect(openKey(locked, 'root_ca.key', '')).rejects.toMatchObject({
    kind: 'passphrase-missing',
  });
});

// Locked with PBE-MD5-DES, which openssl 3 has only as legacy; passphrase: geheim.
const ancient = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGwMBsGCSqGSIb3DQEFAzAOBAjQ3/lSj/9KqAICCAAEgZA/tn2TD3tYOFCK1K0H
LEjhrfalGVcR/NyKorHg80Jp6k0ENvNYrcWFx9zPABCGsCvGwFZeWpTwM25HikFC
f1SVeBpNE1Hvt1Pnfbdwrh8xYhCLwn8XastAA1iBzI/RRmqBfKgVZdaA4uNx1JUo
9Si3ScX/mlaZ5kmk0qczHG3bqzWsbaxp37ADhv4MTz7XMtw=
-----END ENCRYPTED PRIVATE KEY-----
`;

test('a cipher that is no longer supported is told as such', async () => {
  await expect(openKey(ancient, 'a.key', 'geheim')).rejects.toMatchObject({ kind: 'unsupported' });
});

test('no wrong passphrase opens it, whatever the padding happens to be', async () => {
  // One wrong guess in 256 decrypts to something with valid padding.
  const wrap = (cipher: string) => key.export({ type: 'pkcs8', format: 'pem', cipher, passphrase });
  // Ours to open, and node's.
  const files = [wrap('aes-256-cbc'), wrap('des-ede3-cbc')].map(String);
  for (let i = 0; i < 1000; i++) {
    const guess = openKey(files[i % 2] ?? '', 'x.key', randomUUID());
    await expect(guess).rejects.toMatchObject({ kind: 'passphrase-wrong' });
  }
});

test.skipIf(withoutOpenssl)('openssl opens it, and shows the rounds', async () => {
  const folder = newFolder();
  const [file, secret] = [join(folder, 'root_ca.key'), join(folder, 'passphrase')];
  writeFileSync(file, locked);
  writeFileSync(secret, `${passphrase}\n`);
  const plain = await openssl('pkey', '-in', file, '-passin', `file:${secret}`);
  expect(sameKey(createPrivateKey(plain), key)).toBe(true);
  const parsed = await openssl('asn1parse', '-in', file);
  for (const part of ['PBES2', 'PBKDF2', 'hmacWithSHA256', 'aes-256-cbc', ':0927C0']) {
    expect(parsed).toContain(part);
  }
});

test.skipIf(withoutOpenssl).each([
  ['RSA, PKCS#1', ['genrsa', '-traditional', '2048'], null],
  [
    'RSA, PKCS#1, locked',
    ['genrsa', '-traditional', '-aes256', '-passout', 'PASS', '2048'],
    'geheim',
  ],
  ['RSA, PKCS#8, locked', ['genrsa', '-aes256', '-passout', 'PASS', '2048'], 'geheim'],
  ['P-256, SEC1 with its parameters', ['ecparam', '-genkey', '-name', 'prime256v1'], null],
  [
    'P-384, PKCS#8, 3DES',
    [
      'genpkey',
      '-algorithm',
      'EC',
      '-pkeyopt',
      'ec_paramgen_curve:P-384',
      '-des3',
      '-pass',
      'PASS',
    ],
    'geheim',
  ],
  ['Ed25519', ['genpkey', '-algorithm', 'ed25519'], null],
])('a key made by openssl opens: %s', async (_, args, secret) => {
  const folder = newFolder();
  const file = join(folder, 'secret');
  writeFileSync(file, 'geheim\n');
  const output = join(folder, 'made.key');
  const [command = '', ...rest] = args.map((arg) => (arg === 'PASS' ? `file:${file}` : arg));
  await openssl(command, '-out', output, ...rest);
  const pem = readFileSync(output, 'utf8');
  expect(isEncryptedKey(pem)).toBe(secret !== null);
  expect((await openKey(pem, 'made.key', secret ?? undefined)).type).toBe('private');
  if (secret) {
    await expect(openKey(pem, 'made.key', 'falsch')).rejects.toMatchObject({
      kind: 'passphrase-wrong',
    });
  }
});

test('what is no key says what it is', async () => {
  await expect(openKey('-----BEGIN CERTIFICATE-----\n', 'a.key')).rejects.toMatchObject({
    kind: 'not-a-key',
    likely: expect.stringContaining('swapped'),
  });
  await expect(openKey('', 'a.key')).rejects.toMatchObject({ kind: 'not-a-key' });
  const plain = await writeKey(key);
  const cut = plain.replace(/\n[^\n]+\n-----END/, '\n-----END');
  await expect(openKey(cut, 'a.key')).rejects.toMatchObject({ kind: 'not-a-key' });
});

test('a file that asks for hours of work is refused at once', async () => {
  const { decode, encode, children, integer } = await import('../../src/pki/encoding/der.ts');
  const { pemBlock, toPem } = await import('../../src/pki/encoding/pem.ts');
  const tree = decode(pemBlock(locked, /./)?.der ?? Buffer.of());
  const kdf = children(children(children(tree)[0])[1])[0];
  const parameters = children(children(kdf)[1]);
  parameters[1] = integer(2_000_000_000);
  const pem = toPem('ENCRYPTED PRIVATE KEY', encode(tree));
  await expect(openKey(pem, 'a.key', passphrase)).rejects.toMatchObject({ kind: 'unsupported' });
});

test.each(['abc', '', 'two\nlines', 'x'.repeat(1001)])(
  'as a new passphrase is refused: %j',
  async (text) => {
    expect(passphraseProblem(text)).not.toBeNull();
    await expect(writeKey(key, text)).rejects.toThrow('The passphrase cannot be used.');
  },
);

test.each(keyTypes.filter(({ id }) => id !== 'rsa-4096'))(
  'a key of type $id knows it',
  async ({ id, title }) => {
    const made = await generateKey(id);
    expect(keyTypeOf(made)).toBe(id);
    expect(keyTitle(made)).toBe(title);
  },
);
