import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toPem } from '../../../src/pki/encoding/pem.ts';
import { certificatePeriods, listPeriods } from '../../../src/pki/x509/pem-validity.ts';
import { Certificates, type Pair } from '../../support/brokers/certificates.ts';

let make: Certificates;
let root: Pair;
let issued: Pair;

beforeAll(async () => {
  make = new Certificates(await mkdtemp(join(tmpdir(), 'lockstep-periods-')));
  root = make.authority('Root');
  issued = make.issue(root, 'one', { from: '20210203040506Z', to: '20510203040506Z' });
});
afterAll(() => rm(make.folder, { recursive: true }));

const period = (from: string, to: string) => ({
  notBefore: new Date(from),
  notAfter: new Date(to),
});

test('every certificate of a file, also beside a key and one that is damaged', () => {
  const [authority] = certificatePeriods(root.cert);
  const damaged = issued.cert.replace(/\n[A-Za-z0-9+/]{64}\n/, '\n');
  const all = certificatePeriods(`${issued.key}${issued.cert}of no use\n${damaged}${root.cert}`);
  expect(all).toEqual([period('2021-02-03T04:05:06Z', '2051-02-03T04:05:06Z'), authority]);
});

test('every revocation list of a file, as openssl made them', async () => {
  const old = await readFile(make.revocationList(root, 'old', [issued], true), 'utf8');
  const fresh = await readFile(make.revocationList(root, 'fresh', []), 'utf8');
  const [first, second, ...more] = listPeriods(old + fresh);
  expect(first).toEqual(period('2020-01-01T00:00:00Z', '2020-01-02T00:00:00Z'));
  const span = (second?.notAfter.getTime() ?? 0) - (second?.notBefore.getTime() ?? 0);
  expect([span, more]).toEqual([3 * 24 * 60 * 60 * 1000, []]);
});

test('dates that are none tell nothing', () => {
  const list = (from: string, until: string) => {
    const time = (text: string) => Buffer.concat([Buffer.of(0x17, text.length), Buffer.from(text)]);
    const inner = Buffer.concat([time(from), time(until)]);
    const der = Buffer.concat([Buffer.of(0x30, inner.length + 2, 0x30, inner.length), inner]);
    return listPeriods(toPem('X509 CRL', der));
  };
  expect(list('260101000000Z', '270101000000Z')).toEqual([
    period('2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'),
  ]);
  for (const never of ['x', '', 'abcdefghijklZ', '\u0000'.repeat(13)])
    for (const both of [list(never, '270101000000Z'), list('260101000000Z', never)])
      expect(both).toEqual([]);
});

test('what is none of them tells nothing, and what is made to keep us busy does not', () => {
  const endless = '-----BEGIN X509 CRL-----\nProc-Type: 4\n'.repeat(25_000);
  const nested = Buffer.alloc(100_000, '30820000', 'hex').toString('base64');
  const deep = `-----BEGIN X509 CRL-----\n${nested}\n-----END X509 CRL-----\n`;
  for (const text of ['', root.key, endless, deep, '-----BEGIN '.repeat(90_000)]) {
    expect(certificatePeriods(text)).toEqual([]);
    expect(listPeriods(text)).toEqual([]);
  }
});
