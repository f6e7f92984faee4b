import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import {
  addressOctets,
  addressText,
  readableName,
  subjectAltName,
  subjectAltNameProblem,
  subjectAltNames,
} from '../../../src/pki/x509/san.ts';

vi.setConfig({ testTimeout: 30_000 }); // on a busy machine

test.each([
  ['rock-4se', 'dns', 'rock-4se'],
  ['Rock-4SE.Local.', 'dns', 'rock-4se.local'],
  ['my_broker.lan', 'dns', 'my_broker.lan'],
  ['müller.example', 'dns', 'xn--mller-kva.example'],
  ['192.168.1.60', 'ip', '192.168.1.60'],
  ['fd00::1', 'ip', 'fd00::1'],
  ['FD00:0:0:0:0:0:0:1', 'ip', 'fd00::1'],
  ['[::1]', 'ip', '::1'],
  ['::ffff:10.0.0.1', 'ip', '10.0.0.1'],
])('%s is the %s name %s', (text, kind, value) => {
  expect(subjectAltName(text)).toEqual({ kind, value });
});

test.each([
  ['', /empty/],
  ['*.example.com', /wildcard/i],
  ['mqtts://rock-4se', /bare name/],
  ['radxa@rock-4se', /bare name/],
  ['rock-4se:8883', /port/],
  ['[fd00::1]:8883', /port|contain/],
  ['fe80::1%eth0', /zone/],
  ['fd00:1', /port|IPv6/],
  ['10.0.0.256', /IPv4/],
  ['10.0.0', /IPv4/],
  ['010.0.0.1', /no zero before/],
  ['10.0.0.1.', /no dot at the end/],
  ['[10.0.0.1]', /"\["/],
  ['[fe80::1%eth0]', /zone/],
  ['xn--99999999.example', /xn--/],
  ['xn--a.example', /xn--/],
  ['bücher%2eexample', /"%"/],
  ['bücher.example#x', /"#"/],
  ['rock..', /empty part/],
  ['１２７.0.0.1', /IPv4/],
  ['0.0.0.0', /no machine/],
  ['::', /no machine/],
  ['::ffff:0.0.0.0', /no machine/],
  ['rock 4se', /blank/],
  ['-rock', /"-"/],
  ['rock..se', /empty part/],
  ['x'.repeat(64), /63/],
  [`${'x'.repeat(60)}.`.repeat(5), /253/],
  ['rock\u0000', /control/],
  ['ro,ck', /","/],
])('%j is refused', (text, reason) => {
  expect(subjectAltNameProblem(text)).toMatch(reason);
  expect(() => subjectAltName(text)).toThrow(/cannot stand in the broker's certificate/);
});

test('an international name is shown in its own letters, too; another is shown once', () => {
  expect(readableName('xn--bcher-kva.example')).toBe('xn--bcher-kva.example (bücher.example)');
  for (const name of ['rock-4se', '10.0.0.1', 'fd00::1']) expect(readableName(name)).toBe(name);
});

test('each name is taken once, in the order given', () => {
  const values = subjectAltNames(['b', 'A', 'B', '::1', 'a', '0:0::1']).map(({ value }) => value);
  expect(values).toEqual(['b', 'a', '::1']);
});

test('an address survives octets and back, and its text is the normal one', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const octets = addressOctets(address);
      const text = addressText(octets) ?? '';
      expect(octets).toHaveLength(isIPv6(address) ? 16 : 4);
      expect(addressOctets(text)).toEqual(octets);
      expect(addressText(addressOctets(text))).toBe(text);
    }),
    { numRuns: 1000 },
  );
});

test('whatever is accepted is in its normal form: read again it stays the same', () => {
  const near = fc.stringMatching(/^[a-zA-Z0-9._:[\]%*-]{0,40}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), near, fc.domain(), fc.ipV6()), (text) => {
      if (subjectAltNameProblem(text) !== null) return;
      const name = subjectAltName(text);
      expect(name.value).toMatch(name.kind === 'dns' ? /^[a-z0-9._-]{1,253}$/ : /^[0-9a-f.:]+$/);
      expect(subjectAltName(name.value)).toEqual(name);
    }),
    { numRuns: 1000 },
  );
});
