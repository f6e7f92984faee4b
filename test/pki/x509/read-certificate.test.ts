import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { Trouble } from '../../../src/errors/trouble.ts';
import { pemBlock, toPem } from '../../../src/pki/encoding/pem.ts';
import { generateKey } from '../../../src/pki/keys/key.ts';
import { makeCertificate, makeRoot } from '../../../src/pki/x509/certificate.ts';
import { issuerOf, readCertificate } from '../../../src/pki/x509/read-certificate.ts';
import { now } from '../../support/pki/work.ts';

const key = await generateKey('ecdsa-p256');
const root = makeRoot({ subject: { country: 'GB', commonName: 'CA' }, key, days: 10 }, now);
const issuer = issuerOf(readCertificate(root.pem, 'root'), key);

function certificate(commonName: string, name: string): string {
  const names = [{ kind: 'dns', value: name } as const];
  return makeCertificate(
    { kind: 'broker', subject: { commonName }, key, names, days: 5 },
    issuer,
    now,
  ).pem;
}

vi.setConfig({ testTimeout: 30_000 }); // on a busy machine

test('hostile names are shown, not acted upon', () => {
  const { facts } = readCertificate(
    certificate('a\u001b]0;x\u0007\u202eb', 'c\u001b[2J\r\nd'),
    'x',
  );
  expect(facts.commonName).toBe('a·]0;x··b');
  expect(facts.subject).toBe('CN=a·]0\\;x··b');
  expect(facts.names).toEqual([{ kind: 'dns', value: 'c·[2j d' }]);
  const long = readCertificate(certificate('y'.repeat(5000), 'z'.repeat(5000)), 'x').facts;
  expect(long.subject.length).toBeLessThan(250);
  expect(long.names[0]?.value.length).toBeLessThan(310);
});

test('damaged anywhere, it is refused with a Trouble or read, never anything else', () => {
  const der = pemBlock(certificate('rock-4se', 'rock-4se'), /./)?.der ?? Buffer.of();
  const position = fc.nat(der.length - 1);
  fc.assert(
    fc.property(position, fc.nat(255), fc.option(position), (at, value, end) => {
      const changed = Buffer.from(der);
      changed[at] = value;
      try {
        readCertificate(toPem('CERTIFICATE', changed.subarray(0, end ?? der.length)), 'x.crt');
      } catch (error) {
        expect(error).toBeInstanceOf(Trouble);
        expect((error as Trouble).message).toMatch(/^x\.crt is damaged/);
      }
    }),
    { numRuns: 1500 },
  );
});

test('text that is no certificate', () => {
  expect(() => readCertificate('', 'x.crt')).toThrow('x.crt holds no certificate.');
  expect(() => readCertificate('-----BEGIN PRIVATE KEY-----\n', 'x.crt')).toThrow(
    expect.objectContaining({ likely: expect.stringContaining('swapped') }),
  );
});

test('text and line ends around it do not matter', () => {
  const windows = `Bag Attributes\n${root.pem.replaceAll('\n', '\r\n')}trailing`;
  expect(readCertificate(windows, 'x').facts).toEqual(readCertificate(root.pem, 'x').facts);
});
