import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Authority } from '../../src/pki/authority/authority.ts';
import { issueCertificates } from '../../src/pki/issue/issue.ts';
import { type IssueWanted, planIssue } from '../../src/pki/issue/issue-plan.ts';
import { generateKey } from '../../src/pki/keys/key.ts';
import { writeKey } from '../../src/pki/keys/key-file.ts';
import { readRegister } from '../../src/pki/register/register.ts';
import { readCertificate } from '../../src/pki/x509/read-certificate.ts';
import { newAuthority, openssl, withoutOpenssl } from '../support/pki/parts.ts';
import { broker, client, daysLater, now } from '../support/pki/work.ts';

const people = [broker('192.168.1.60', 'ROCK-4se'), client('client01')];
const issue = async (authority: Authority, wanted: readonly IssueWanted[], at = now) =>
  (await issueCertificates(authority, wanted, at)).issued;
const text = (path: string) => readFileSync(path, 'utf8');
const everything = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => [one.name, text(join(one.parentPath, one.name))]);

test('broker and client get key, request and certificate', async () => {
  const authority = await newAuthority();
  const told: string[] = [];
  const { issued, notes } = await issueCertificates(authority, people, now, {
    onIssued: ({ name }) => told.push(name),
  });
  expect(notes).toEqual([]);
  expect(told.sort()).toEqual(['client01', 'rock-4se']);
  expect(issued.map(({ name, action, reason }) => [name, action, reason])).toEqual([
    ['rock-4se', 'issued', null],
    ['client01', 'issued', null],
  ]);
  for (const { files, facts } of issued) {
    expect(statSync(files.key).mode & 0o777).toBe(0o600);
    const certificate = readCertificate(text(files.certificate), 'x');
    expect(certificate.facts).toEqual(facts);
    expect(certificate.x509.checkPrivateKey(createPrivateKey(text(files.key)))).toBe(true);
    expect(certificate.x509.checkIssued(authority.certificate.x509)).toBe(true);
    expect(text(files.request)).toContain('BEGIN CERTIFICATE REQUEST');
  }
  expect(issued[0]?.facts.names.map(({ value }) => value)).toEqual(['rock-4se', '192.168.1.60']);
  expect(issued[1]?.facts).toMatchObject({
    names: [],
    purposes: ['clientAuth'],
    commonName: 'client01',
  });
});

test('a second run keeps all, byte for byte', async () => {
  const authority = await newAuthority();
  await issue(authority, people);
  const before = everything(authority.folder);
  expect((await issue(authority, people)).map(({ action }) => action)).toEqual(['kept', 'kept']);
  // The kind of key chosen for new ones is no reason to exchange those that are there.
  const rsa = people.map((one) => ({ ...one, keyType: 'rsa-2048' as const }));
  expect((await issue(authority, rsa)).map(({ action }) => action)).toEqual(['kept', 'kept']);
  expect(everything(authority.folder)).toEqual(before);
});

test('other names: reissued for the same key, the earlier one kept in superseded/', async () => {
  const authority = await newAuthority();
  const [first] = await issue(authority, people);
  const files = first?.files ?? { key: '', certificate: '', request: '' };
  const [oldKey, old] = [text(files.key), text(files.certificate)];
  const [second] = await issue(authority, [broker('10.0.0.9')]);
  expect(second).toMatchObject({
    action: 'reissued',
    reason: 'Its names are rock-4se, 192.168.1.60.',
  });
  expect(text(files.key)).toBe(oldKey);
  const serial = first?.facts.serial ?? '';
  expect(text(join(authority.folder, 'superseded', `rock-4se-${serial}.crt`))).toBe(old);
  const { entries } = await readRegister(authority.folder);
  expect(entries.get(serial)?.supersededBy).toBe(second?.facts.serial);
  expect(entries.get(second?.facts.serial ?? '')?.supersededBy).toBeNull();
});

test('renewed when under 30 days are left, not before; short-lived ones at a third', async () => {
  const authority = await newAuthority();
  await issue(authority, [client('long'), { ...client('short'), days: 9 }]);
  const at = async (days: number, wanted: IssueWanted) =>
    (await planIssue(authority.folder, authority.certificate, wanted, daysLater(days))).action;
  expect(await at(825 - 31, client('long'))).toBe('keep');
  expect(await at(825 - 29, client('long'))).toBe('reissue');
  expect(await at(900, client('long'))).toBe('reissue');
  const short = { ...client('short'), days: 9 };
  expect(await at(5, short)).toBe('keep');
  expect(await at(7, short)).toBe('reissue');
});

test('one that ends with the authority is not renewed over and over', async () => {
  const authority = await newAuthority(20);
  const [first] = await issue(authority, [client('client01')]);
  expect(first).toMatchObject({ action: 'issued', cutToAuthority: true });
  const [again] = await issue(authority, [client('client01')], daysLater(19));
  expect(again).toMatchObject({ action: 'kept', cutToAuthority: true });
});

test('a key left by an interruption is used; one of another kind is set aside', async () => {
  const authority = await newAuthority();
  const { folder } = authority;
  const [left, rsa] = [
    await writeKey(await generateKey('ecdsa-p256')),
    await generateKey('rsa-2048'),
  ];
  writeFileSync(join(folder, 'client01.key'), left, { mode: 0o644 });
  writeFileSync(join(folder, 'client02.key'), await writeKey(rsa), { mode: 0o600 });
  await issue(authority, [client('client01'), client('client02')]);
  expect(text(join(folder, 'client01.key'))).toBe(left);
  expect(statSync(join(folder, 'client01.key')).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'superseded'))).toEqual(['client02-unused-20261124T120000.key']);
});

test('a key too weak for TLS programs makes way', async () => {
  const authority = await newAuthority();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const path = join(authority.folder, 'client01.key');
  writeFileSync(path, await writeKey(privateKey), { mode: 0o600 });
  const [issued] = await issue(authority, [client('client01')]);
  expect(issued?.facts.keyType).toBe('ECDSA P-256');
  writeFileSync(path, await writeKey(privateKey), { mode: 0o600 });
  const [again] = await issue(authority, [client('client01')], daysLater(1));
  expect(again).toMatchObject({
    action: 'reissued',
    reason: expect.stringMatching(/RSA 1024, too short/),
  });
  expect(readdirSync(join(authority.folder, 'superseded'))).toHaveLength(3);
});

test('a lost key means a new one and a new certificate', async () => {
  const authority = await newAuthority();
  const [first] = await issue(authority, [client('client01')]);
  unlinkSync(first?.files.key ?? '');
  const [second] = await issue(authority, [client('client01')]);
  expect(second).toMatchObject({ action: 'reissued', reason: 'Its key is missing.' });
});

test('a certificate of another authority makes way, but is not entered as ours', async () => {
  const [mine, other] = [await newAuthority(), await newAuthority()];
  const [theirs] = await issue(other, [client('client01')]);
  for (const name of ['client01.key', 'client01.crt']) {
    writeFileSync(join(mine.folder, name), text(join(other.folder, name)), { mode: 0o600 });
  }
  const [own] = await issue(mine, [client('client01')]);
  expect(own).toMatchObject({ action: 'reissued', reason: 'It is signed by another authority.' });
  const { entries } = await readRegister(mine.folder);
  expect(entries.has(theirs?.facts.serial ?? '')).toBe(false);
  expect(readdirSync(join(mine.folder, 'superseded'))).toEqual([
    `client01-${theirs?.facts.serial}.crt`,
  ]);
});

test('nothing is written when one of them cannot be done', async () => {
  const authority = await newAuthority();
  await issue(authority, people);
  const before = everything(authority.folder);
  const refused = async (wanted: IssueWanted[]) => {
    const words = await issue(authority, [client('new'), ...wanted]).then(
      String,
      (error) => error.message,
    );
    expect(everything(authority.folder)).toEqual(before);
    return words;
  };
  expect(await refused([client('rock-4se')])).toMatch(/name of the broker already/);
  expect(await refused([{ ...broker('a'), name: 'client01' }])).toMatch(/name of a client already/);
  expect(await refused([client('a/b')])).toMatch(/cannot be the name/);
  expect(await refused([client('NEW')])).toMatch(/asked for twice/);
  expect(await refused([{ ...broker(), name: 'My Broker' }])).toMatch(
    /no name that a client could check/,
  );
  expect(await refused([{ ...client('x'), days: 0 }])).toMatch(/cannot be issued/);
  chmodSync(join(authority.folder, 'root_ca.key'), 0o600);
  writeFileSync(join(authority.folder, 'odd.crt'), 'hello');
  before.push(['odd.crt', 'hello']);
  before.sort();
  const now = everything(authority.folder).sort();
  expect(now).toEqual(before);
  await expect(issue(authority, [client('odd')])).rejects.toThrow('odd.crt holds no certificate.');
});

test('an authority named by nothing but CN=client01 does not issue to client01', async () => {
  const authority = await newAuthority();
  const subjectDer = readCertificate(authority.certificate.pem, 'x').subjectDer;
  expect(subjectDer.length).toBeGreaterThan(0);
  const { createAuthority } = await import('../../src/pki/authority/create-authority.ts');
  const { openAuthority } = await import('../../src/pki/authority/authority.ts');
  const folder = join(authority.folder, 'other');
  await createAuthority(
    folder,
    { subject: { commonName: 'client01' }, keyType: 'ecdsa-p256', days: 10 },
    now,
  );
  const same = await openAuthority(folder, now);
  await expect(issue(same, [client('client01')])).rejects.toThrow(/name of the authority itself/);
});

test("nothing is written when the clock is outside the authority's time", async () => {
  const authority = await newAuthority();
  const before = everything(authority.folder);
  await expect(issue(authority, people, daysLater(-2))).rejects.toThrow(/begins only on/);
  await expect(issue(authority, people, daysLater(4000))).rejects.toThrow(/ended on/);
  expect(everything(authority.folder)).toEqual(before);
});

test('cancelled, it stops between two and can go on', async () => {
  const authority = await newAuthority();
  const many = Array.from({ length: 8 }, (_, at) => client(`client${at}`));
  const control = new AbortController();
  let done = 0;
  const cut = issueCertificates(authority, many, now, {
    signal: control.signal,
    onIssued: () => {
      if (++done === 3) control.abort();
    },
  });
  await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
  const actions = (await issue(authority, many)).map(({ action }) => action);
  expect(actions.filter((action) => action === 'kept').length).toBeGreaterThanOrEqual(3);
  expect(actions).toContain('issued');
});

test.skipIf(withoutOpenssl)(
  'openssl accepts both, and the article way of making one is bettered',
  async () => {
    const clock = new Date();
    const { folder, ...authority } = await newAuthority(3650, clock);
    const root = join(folder, 'root_ca.crt');
    const path = (name: string) => join(folder, name);
    // As in the article: version 1, thirty days, no names.
    await openssl(
      'req',
      '-new',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=rock-4se',
      '-keyout',
      path('rock-4se.key'),
      '-out',
      path('rock-4se.csr'),
    );
    await openssl(
      'x509',
      '-req',
      '-in',
      path('rock-4se.csr'),
      '-CA',
      root,
      '-CAkey',
      path('root_ca.key'),
      '-CAcreateserial',
      '-out',
      path('rock-4se.crt'),
    );
    const issued = await issue({ folder, ...authority }, people, clock);
    expect(issued[0]?.reason).toMatch(/^It is of version 1/);
    const verify = (purpose: string, name: string) =>
      openssl('verify', '-x509_strict', '-purpose', purpose, '-CAfile', root, path(`${name}.crt`));
    expect(await verify('sslserver', 'rock-4se')).toContain('OK');
    expect(await verify('sslclient', 'client01')).toContain('OK');
    expect(await openssl('req', '-in', path('rock-4se.csr'), '-verify', '-noout')).toContain(
      'verify OK',
    );
  },
);
