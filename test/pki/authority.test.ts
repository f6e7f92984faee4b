import { createPrivateKey } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectAuthority, openAuthority } from '../../src/pki/authority/authority.ts';
import { repairModes } from '../../src/pki/authority/authority-soundness.ts';
import { createAuthority } from '../../src/pki/authority/create-authority.ts';
import { generateKey } from '../../src/pki/keys/key.ts';
import { isEncryptedKey, writeKey } from '../../src/pki/keys/key-file.ts';
import {
  damagedKey,
  isRoot,
  newAuthority,
  newFolder,
  openssl,
  withoutOpenssl,
} from '../support/pki/parts.ts';
import { daysLater, now, wanted } from '../support/pki/work.ts';

const mode = (path: string) => statSync(path).mode & 0o777;
const state = async (folder: string, at = now) => (await inspectAuthority(folder, at)).state;
const reasons = async (folder: string, at = now) => {
  const found = await inspectAuthority(folder, at);
  return found.state === 'unsound' ? found.reasons.join(' ') : `it is ${found.state}`;
};

test('a new authority: files, modes, certificate, register', async () => {
  const folder = join(newFolder(), 'data', 'authority');
  expect(await state(folder)).toBe('absent');
  const { action, certificate } = await createAuthority(folder, wanted, now);
  expect(action).toBe('created');
  expect(readdirSync(folder).sort()).toEqual(['register.jsonl', 'root_ca.crt', 'root_ca.key']);
  expect(mode(folder)).toBe(0o700);
  expect(mode(join(folder, 'root_ca.key'))).toBe(0o600);
  expect(mode(join(folder, 'register.jsonl'))).toBe(0o600);
  expect(mode(join(folder, 'root_ca.crt'))).toBe(0o644);
  expect(certificate.facts).toMatchObject({
    subject: 'C=GB, O=Highly Trusted, CN=Highly Trusted CA',
    isAuthority: true,
    keyUsage: ['keyCertSign', 'cRLSign'],
    purposes: null,
  });
  const found = await inspectAuthority(folder, now);
  expect(found).toMatchObject({
    state: 'sound',
    encrypted: false,
    keyChecked: true,
    notes: [],
    drift: [],
  });
});

test('a second creation keeps the first, byte for byte', async () => {
  const folder = join(newFolder(), 'authority');
  await createAuthority(folder, wanted, now);
  const before = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const again = await createAuthority(folder, { ...wanted, subject: { commonName: 'Other' } }, now);
  expect(again.action).toBe('kept');
  expect(again.certificate.facts.commonName).toBe('Highly Trusted CA');
  expect(readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(
    before,
  );
});

test('with a passphrase: locked on the disk, opened only with it', async () => {
  const folder = join(newFolder(), 'authority');
  await createAuthority(folder, { ...wanted, passphrase: 'correct horse' }, now);
  expect(isEncryptedKey(readFileSync(join(folder, 'root_ca.key'), 'utf8'))).toBe(true);
  expect(await inspectAuthority(folder, now)).toMatchObject({
    state: 'sound',
    encrypted: true,
    keyChecked: false,
  });
  expect(await inspectAuthority(folder, now, 'correct horse')).toMatchObject({ keyChecked: true });
  await expect(inspectAuthority(folder, now, 'wrong')).rejects.toMatchObject({
    kind: 'passphrase-wrong',
  });
  await expect(openAuthority(folder, now)).rejects.toMatchObject({ kind: 'passphrase-missing' });
  await expect(openAuthority(folder, now, 'wrong')).rejects.toMatchObject({
    kind: 'passphrase-wrong',
  });
  const opened = await openAuthority(folder, now, 'correct horse');
  expect(JSON.stringify(opened)).not.toContain('PRIVATE');
  expect(opened.certificate.x509.checkPrivateKey(opened.issuer.key)).toBe(true);
});

test("somebody else's files are not touched, and named", async () => {
  const folder = newFolder();
  for (const name of ['a.txt', 'b.crt', 'c', 'd', 'e', 'f', 'g\u001b[31m'])
    writeFileSync(join(folder, name), name);
  expect(await inspectAuthority(folder, now)).toEqual({
    state: 'foreign',
    files: ['a.txt', 'b.crt', 'c', 'd', 'e'],
    more: 2,
  });
  await expect(createAuthority(folder, wanted, now)).rejects.toThrow(
    /files that are not an authority's/,
  );
  expect(readdirSync(folder)).toHaveLength(7);
});

test('an empty folder that stands open is used, and closed', async () => {
  const folder = newFolder();
  chmodSync(folder, 0o755);
  expect(await state(folder)).toBe('absent');
  await createAuthority(folder, wanted, now);
  expect(mode(folder)).toBe(0o700);
});

test('a file in the place of the folder', async () => {
  const path = join(newFolder(), 'authority');
  writeFileSync(path, 'x');
  expect(await reasons(path)).toMatch(/is not a folder/);
  await expect(createAuthority(path, wanted, now)).rejects.toThrow(/cannot be used/);
});

test('modes that let others in are drift, and repaired', async () => {
  const { folder } = await newAuthority();
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'root_ca.key'), 0o644);
  const found = await inspectAuthority(folder, now);
  if (found.state !== 'sound') throw new Error(found.state);
  expect(found.drift).toEqual([
    { path: folder, mode: 0o755, wanted: 0o700 },
    { path: join(folder, 'root_ca.key'), mode: 0o644, wanted: 0o600 },
  ]);
  await repairModes(found.drift);
  expect(await inspectAuthority(folder, now)).toMatchObject({ state: 'sound', drift: [] });
});

test.skipIf(!isRoot)('a key of another user is not used', async () => {
  const { folder } = await newAuthority();
  chownSync(join(folder, 'root_ca.key'), 12_345, 12_345);
  expect(await reasons(folder)).toMatch(/another user \(number 12345\)/);
});

test.skipIf(!isRoot)('nor an empty folder of another user', async () => {
  const folder = newFolder();
  chownSync(folder, 12_345, 12_345);
  await expect(createAuthority(folder, wanted, now)).rejects.toThrow(/belongs to another user/);
  expect(readdirSync(folder)).toEqual([]);
});

test.each(['root_ca.key', 'root_ca.crt'])(
  'without %s it is unsound and left alone',
  async (name) => {
    const { folder } = await newAuthority();
    unlinkSync(join(folder, name));
    const left = readdirSync(folder);
    expect(await reasons(folder)).toMatch(`${name} is missing`);
    await expect(createAuthority(folder, wanted, now)).rejects.toThrow(/cannot be used/);
    expect(readdirSync(folder)).toEqual(left);
  },
);

test('the key of another, a damaged certificate, a folder in the place of a file', async () => {
  const { folder } = await newAuthority();
  const key = join(folder, 'root_ca.key');
  writeFileSync(key, await writeKey(await generateKey('ecdsa-p256')));
  expect(await reasons(folder)).toMatch(/root_ca.key does not belong to root_ca.crt/);
  await expect(openAuthority(folder, now)).rejects.toThrow(/cannot be used/);
  writeFileSync(key, readFileSync(join(folder, 'root_ca.crt')));
  expect(await reasons(folder)).toMatch(/holds no private key/);
  writeFileSync(
    join(folder, 'root_ca.crt'),
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  );
  expect(await reasons(folder)).toMatch(/root_ca.crt is damaged/);
  unlinkSync(key);
  mkdirSync(key);
  expect(await reasons(folder)).toMatch(/damaged|not a regular file/);
});

test('a key whose private part is damaged, though its public one is that of the certificate', async () => {
  const { folder } = await newAuthority();
  const path = join(folder, 'root_ca.key');
  const pem = readFileSync(path, 'latin1');
  const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' });
  writeFileSync(path, damagedKey(pem, Buffer.from(d, 'base64url'), 8));
  expect(await reasons(folder)).toMatch(/root_ca.key does not belong to .*, or is damaged/);
  await expect(openAuthority(folder, now)).rejects.toThrow(/cannot be used/);
});

test.skipIf(withoutOpenssl)(
  'each of the numbers of an RSA key is seen to be damaged, in either kind of file',
  async () => {
    const folder = newFolder();
    const [key, certificate] = [join(folder, 'root_ca.key'), join(folder, 'root_ca.crt')];
    const made = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=By hand', '-keyout', key];
    await openssl('req', '-new', '-x509', '-days', '9', ...made, '-out', certificate);
    const clock = new Date(Date.now() + 60_000);
    await openssl('rsa', '-in', key, '-traditional', '-out', `${key}.old`);
    const kinds = [readFileSync(key, 'latin1'), readFileSync(`${key}.old`, 'latin1')];
    expect(kinds.map((pem) => pem.includes('RSA PRIVATE'))).toEqual([false, true]);
    const jwk = createPrivateKey(kinds[0] ?? '').export({ format: 'jwk' });
    for (const pem of kinds) {
      writeFileSync(key, pem);
      expect(await inspectAuthority(folder, clock)).toMatchObject({ keyChecked: true });
      for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
        const number = Buffer.from(jwk[name] ?? '', 'base64url');
        // In its middle, and in its last bit.
        for (const at of [number.length >> 1, number.length - 1]) {
          const damaged = damagedKey(pem, number, at);
          expect(damaged).not.toBe(pem);
          writeFileSync(key, damaged);
          expect(await reasons(folder, clock), `${name} at ${at}`).toMatch(
            /root_ca.key (does not belong to .*, or )?is damaged/,
          );
          await expect(openAuthority(folder, clock)).rejects.toThrow(/cannot be used|damaged/);
        }
      }
    }
  },
);

test('before it begins and after it has ended', async () => {
  const { folder } = await newAuthority(100);
  expect(await reasons(folder, daysLater(101))).toBe('It ended on 2027-03-04.');
  expect(await reasons(folder, daysLater(-1))).toMatch(/begins only on 2026-11-24/);
});

test('a linked folder, and a key that lies elsewhere', async () => {
  const { folder } = await newAuthority();
  const elsewhere = newFolder();
  const key = join(elsewhere, 'stick.key');
  writeFileSync(key, readFileSync(join(folder, 'root_ca.key')), { mode: 0o644 });
  unlinkSync(join(folder, 'root_ca.key'));
  symlinkSync(key, join(folder, 'root_ca.key'));
  symlinkSync(folder, join(elsewhere, 'link'));
  const found = await inspectAuthority(join(elsewhere, 'link'), now);
  expect(found).toMatchObject({ state: 'sound', drift: [{ mode: 0o644 }] });
});

test.skipIf(withoutOpenssl)(
  "the article's own authority is used, one that may not sign is not",
  async () => {
    const folder = newFolder();
    const [key, certificate] = [join(folder, 'root_ca.key'), join(folder, 'root_ca.crt')];
    const make = (...args: string[]) =>
      openssl(
        'req',
        '-new',
        '-x509',
        '-days',
        '365',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-subj',
        '/C=GB/CN=By hand',
        '-keyout',
        key,
        '-out',
        certificate,
        ...args,
      );
    const clock = new Date(Date.now() + 60_000); // its certificates begin this second
    await make();
    expect(await inspectAuthority(folder, clock)).toMatchObject({
      state: 'sound',
      keyChecked: true,
      certificate: { facts: { subject: 'C=GB, CN=By hand' } },
    });
    expect((await createAuthority(folder, wanted, clock)).action).toBe('kept');
    unlinkSync(join(folder, 'register.jsonl'));
    await make('-addext', 'keyUsage=critical,digitalSignature');
    expect(await reasons(folder, clock)).toMatch(/does not allow signing certificates/);
    await openssl('req', '-new', '-key', key, '-subj', '/CN=v1', '-out', join(folder, 'v1.csr'));
    await openssl(
      'x509',
      '-req',
      '-in',
      join(folder, 'v1.csr'),
      '-signkey',
      key,
      '-out',
      certificate,
    );
    expect(await reasons(folder, clock)).toMatch(/not marked as an authority/);
  },
);
