import {
  appendFileSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Authority } from '../../src/pki/authority/authority.ts';
import { issueCertificates } from '../../src/pki/issue/issue.ts';
import { soundRegister } from '../../src/pki/register/rebuild-register.ts';
import { readRegister, recordDelivery } from '../../src/pki/register/register.ts';
import { readFact } from '../../src/pki/register/register-line.ts';
import { newAuthority } from '../support/pki/parts.ts';
import { broker, client, now } from '../support/pki/work.ts';

async function issued() {
  const authority = await newAuthority();
  await issueCertificates(authority, [broker('10.0.0.1'), client('client01')], now);
  return { authority, file: join(authority.folder, 'register.jsonl') };
}

const names = async ({ folder }: Authority) =>
  [...(await readRegister(folder)).entries.values()].map(({ name }) => name).sort();

test('knows what was issued and where it went', async () => {
  const { authority, file } = await issued();
  const serial = [...(await readRegister(authority.folder)).entries.values()].at(-1)?.serial ?? '';
  await recordDelivery(authority.folder, [serial], 'rock-4se:/etc/mosquitto/certs', now);
  await recordDelivery(authority.folder, [serial], 'stick\u001b[31m', now);
  const entry = (await readRegister(authority.folder)).entries.get(serial);
  expect(entry?.deliveries).toEqual([
    { to: 'rock-4se:/etc/mosquitto/certs', at: now },
    { to: 'stick·[31m', at: now },
  ]);
  expect(await names(authority)).toEqual(['Highly Trusted CA', 'client01', 'rock-4se']);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('cut at any byte, it loses the last line at most, and gets it back from the files', async () => {
  const { authority, file } = await issued();
  const whole = readFileSync(file, 'utf8');
  const lastLine = whole.trimEnd().lastIndexOf('\n') + 1;
  for (let size = lastLine + 1; size < whole.length - 1; size += 17) {
    writeFileSync(file, whole);
    truncateSync(file, size);
    expect((await readRegister(authority.folder)).unreadable).toEqual([3]);
    const { notes } = await soundRegister(authority.folder, authority.certificate, now);
    expect(notes).toEqual([expect.stringMatching(/line 3.*1 certificate brought back/)]);
    expect(await names(authority)).toEqual(['Highly Trusted CA', 'client01', 'rock-4se']);
  }
});

test('whole but for its last line end, nothing is lost', async () => {
  const { authority, file } = await issued();
  truncateSync(file, statSync(file).size - 1);
  const serial = [...(await readRegister(authority.folder)).entries.keys()].at(-1) ?? '';
  await recordDelivery(authority.folder, [serial], 'here', now);
  const { unreadable, entries } = await readRegister(authority.folder);
  expect(unreadable).toEqual([]);
  expect(entries.get(serial)?.deliveries).toHaveLength(1);
});

test('missing, it is rebuilt from the certificates, superseded ones too', async () => {
  const { authority, file } = await issued();
  await issueCertificates(authority, [broker('10.0.0.2')], now);
  const serials = [...(await readRegister(authority.folder)).entries.keys()].sort();
  const replaced = async () =>
    [...(await readRegister(authority.folder)).entries.values()].flatMap(
      ({ serial, supersededBy }) => (supersededBy ? [[serial, supersededBy]] : []),
    );
  const before = await replaced();
  expect(before).toHaveLength(1);
  unlinkSync(file);
  writeFileSync(join(authority.folder, 'odd.crt'), 'not a certificate');
  const { notes } = await issueCertificates(authority, [broker('10.0.0.2')], now);
  expect(notes).toEqual(['The register was missing; 4 certificates brought back from the files.']);
  const rebuilt = await readRegister(authority.folder);
  expect([...rebuilt.entries.keys()].sort()).toEqual(serials);
  expect(await replaced()).toEqual(before);
  expect([...rebuilt.entries.values()].map(({ kind }) => kind).sort()).toEqual([
    'authority',
    'broker',
    'broker',
    'client',
  ]);
});

test('lines that are not ours change nothing', async () => {
  const { authority, file } = await issued();
  appendFileSync(
    file,
    'null\n[]\n{"event":"issued","serial":"1"}\n{"event":"delivered","serial":"99","at":"2026-01-01T00:00:00Z","to":"x"}\n',
  );
  expect(await names(authority)).toEqual(['Highly Trusted CA', 'client01', 'rock-4se']);
  fc.assert(fc.property(fc.jsonValue(), (value) => readFact(JSON.stringify(value)) === null));
});
