import type { KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateKey, type KeyType, keyTypes } from '../../../src/pki/keys/key.ts';
import { makeCertificate, makeRoot, newSerial } from '../../../src/pki/x509/certificate.ts';
import { issuerOf, readCertificate } from '../../../src/pki/x509/read-certificate.ts';
import { subjectAltNames } from '../../../src/pki/x509/san.ts';
import { validity } from '../../../src/pki/x509/validity.ts';
import { newFolder, openssl, withoutOpenssl } from '../../support/pki/parts.ts';
import { daysLater, now } from '../../support/pki/work.ts';

const kinds = keyTypes.map(({ id }) => id);
const keys = Object.fromEntries(
  await Promise.all(kinds.map(async (id) => [id, await generateKey(id)] as const)),
) as Record<KeyType, KeyObject>;

const subject = { country: 'DE', organization: 'Müller & Söhne', commonName: 'Größte CA' };
const names = subjectAltNames(['rock-4se', 'rock-4se.local', '192.168.1.60', 'FD00:0::1']);

function authority(type: KeyType, at = now, days = 3650) {
  const root = makeRoot({ subject, key: keys[type], days }, at);
  return { pem: root.pem, issuer: issuerOf(readCertificate(root.pem, 'root'), keys[type]) };
}

function holder(kind: 'broker' | 'client', key: KeyObject, days = 825) {
  const own = { commonName: kind === 'broker' ? 'rock-4se' : 'Fräulein Öztürk' };
  return { kind, subject: own, key, names: kind === 'broker' ? names : [], days } as const;
}

const combinations = kinds.flatMap((ca) =>
  kinds.flatMap((leaf) => (['broker', 'client'] as const).map((kind) => ({ ca, leaf, kind }))),
);

describe.skipIf(withoutOpenssl)('under openssl verify -x509_strict', () => {
  test.each(combinations)('$ca signs $leaf for a $kind', async ({ ca, leaf, kind }) => {
    const { pem, issuer } = authority(ca, new Date());
    const made = makeCertificate(holder(kind, keys[leaf]), issuer, new Date());
    const folder = newFolder();
    const [root, own] = [join(folder, 'root.crt'), join(folder, 'own.crt')];
    writeFileSync(root, pem);
    writeFileSync(own, made.pem);
    const verify = (purpose: string) =>
      openssl('verify', '-x509_strict', '-check_ss_sig', '-purpose', purpose, '-CAfile', root, own);
    const [right, wrong] =
      kind === 'broker' ? ['sslserver', 'sslclient'] : ['sslclient', 'sslserver'];
    expect(await verify(right)).toContain(': OK');
    await expect(verify(wrong)).rejects.toThrow(/unsuitable certificate purpose/);
  });

  test('names, umlauts and usages are as openssl shows them', async () => {
    const { issuer } = authority('rsa-2048');
    const file = join(newFolder(), 'own.crt');
    writeFileSync(file, makeCertificate(holder('broker', keys['rsa-2048']), issuer, now).pem);
    const text = await openssl(
      'x509',
      '-in',
      file,
      '-noout',
      '-text',
      '-nameopt',
      'utf8,sep_comma_plus',
    );
    expect(text).toContain('Version: 3 (0x2)');
    expect(text).toContain('O=Müller & Söhne,CN=Größte CA');
    expect(text).toMatch(
      /DNS:rock-4se, DNS:rock-4se.local, IP Address:192.168.1.60, IP Address:FD00:0:0:0:0:0:0:1/,
    );
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature, Key Encipherment\n/);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/);
    expect(text).toMatch(/Extended Key Usage: \s+TLS Web Server Authentication\n/);
  });

  test.each([
    ['2049-12-31T23:59:59Z', 'Dec 31 23:59:59 2049 GMT', 'UTCTIME'],
    ['2050-01-01T00:00:00Z', 'Jan  1 00:00:00 2050 GMT', 'GENERALIZEDTIME'],
  ])('a certificate that ends at %s', async (end, shown, type) => {
    const start = daysLater(-3650, new Date(Date.parse(end) + 5 * 60_000 + 1000));
    const file = join(newFolder(), 'root.crt');
    writeFileSync(file, authority('ecdsa-p256', start).pem);
    expect(await openssl('x509', '-in', file, '-noout', '-enddate')).toContain(`notAfter=${shown}`);
    const parsed = await openssl('asn1parse', '-in', file);
    expect(parsed.match(/(UTCTIME|GENERALIZEDTIME)/g)?.at(1)).toBe(type);
  });
});

test('node reads the same: host, addresses, issuer', () => {
  const { pem, issuer } = authority('ecdsa-p256');
  const made = makeCertificate(holder('broker', keys['ecdsa-p256']), issuer, now);
  const [root, own] = [readCertificate(pem, 'root'), readCertificate(made.pem, 'own')];
  expect(own.x509.checkHost('rock-4se.local')).toBe('rock-4se.local');
  expect(own.x509.checkHost('rock-5b')).toBeUndefined();
  expect(own.x509.checkIP('192.168.1.60')).toBe('192.168.1.60');
  expect(own.x509.checkIP('fd00::1')).toBe('fd00::1');
  expect(own.x509.checkIP('fd00::2')).toBeUndefined();
  expect(own.x509.checkIssued(root.x509)).toBe(true);
  expect(own.x509.verify(root.publicKey)).toBe(true);
  expect(own.x509.checkPrivateKey(keys['ecdsa-p256'])).toBe(true);
  expect(own.facts).toMatchObject({
    version: 3,
    issuer: 'C=DE, O=Müller & Söhne, CN=Größte CA',
    commonName: 'rock-4se',
    names,
    isAuthority: false,
    purposes: ['serverAuth'],
    keyUsage: ['digitalSignature'],
    keyType: 'ECDSA P-256',
    notBefore: new Date('2026-11-24T11:55:00Z'),
  });
});

test('serials have 16 octets and are positive, as DER and openssl see them', () => {
  for (let i = 0; i < 500; i++) {
    const serial = newSerial();
    expect(serial).toHaveLength(16);
    expect(serial[0]).toBeGreaterThanOrEqual(0x40);
    expect(serial[0]).toBeLessThan(0x80);
  }
  const { pem } = authority('ecdsa-p256');
  expect(readCertificate(pem, 'root').facts.serial).toMatch(/^[4-7][0-9A-F]{31}$/);
});

test('no certificate begins before its authority or outlives it', () => {
  const { issuer } = authority('ecdsa-p256', now, 100);
  const early = makeCertificate(holder('client', keys['ecdsa-p256'], 50), issuer, now);
  expect(early.notBefore).toEqual(issuer.notBefore);
  expect(early.cutToAuthority).toBe(false);
  const long = makeCertificate(holder('client', keys['ecdsa-p256'], 825), issuer, now);
  expect(long.notAfter).toEqual(issuer.notAfter);
  expect(long.cutToAuthority).toBe(true);
  expect(readCertificate(long.pem, 'x').facts.notAfter).toEqual(issuer.notAfter);
  const make = (at: Date) => () =>
    makeCertificate(holder('client', keys['ecdsa-p256']), issuer, at);
  expect(make(daysLater(101))).toThrow(/ended on 2027-03-04/);
  expect(make(daysLater(-1))).toThrow(/begins only on 2026-11-24/);
});

test('dates written are the dates read, in whole seconds, up to the year 2200', () => {
  const millis = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2200, 0, 1) });
  fc.assert(
    fc.property(millis, fc.integer({ min: 1, max: 36_500 }), (at, days) => {
      const clock = new Date(at);
      const expected = validity(clock, days);
      const { facts } = readCertificate(authority('ecdsa-p256', clock, days).pem, 'root');
      expect(facts.notBefore).toEqual(expected.notBefore);
      expect(facts.notAfter).toEqual(expected.notAfter);
      expect(facts.notBefore <= clock).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test.each([0, -1, 1.5, Number.NaN, 40_000])('a validity of %s days is refused', (days) => {
  expect(() => validity(now, days)).toThrow('The validity cannot be used.');
});
