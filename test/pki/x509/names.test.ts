import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import {
  commonNameProblem,
  holderNameProblem,
  requireHolderName,
} from '../../../src/pki/x509/names.ts';

vi.setConfig({ testTimeout: 30_000 }); // on a busy machine

test.each(['client01', 'rock-4se.local', 'Fräulein Öztürk', 'fd00::1', 'x'.repeat(64), '温度計'])(
  '%j can be a name',
  (name) => expect(holderNameProblem(name)).toBeNull(),
);

test.each([
  ['', /empty/],
  ['a+b', /"\+"/],
  ['#', /"#"/],
  ['site/pump', /"\/"/],
  ['x'.repeat(65), /65 characters/],
  ['a\u0007b', /control character/],
  ['a\nb', /control character/],
  ['a\u200bb', /cannot be seen/],
  ['\u202egnp', /cannot be seen/],
  [' client', /blank/],
  ['u\u0308ber', /two characters/],
])('%j cannot be a common name', (name, reason) => {
  expect(commonNameProblem(name)).toMatch(reason);
  expect(() => requireHolderName(name)).toThrow();
});

test.each([
  ['.', /dot/],
  ['..', /dot/],
  ['.hidden', /dot/],
  ['-rf', /option/],
  ['a\\b', /folder/],
  ['root_ca', /taken/],
  ['ROOT_CA', /taken/],
  ['𠮷'.repeat(64), /too long/],
])('%j cannot name files', (name, reason) => {
  expect(holderNameProblem(name)).toMatch(reason);
});

test('whatever passes is one plain path component of bounded length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (name) => {
      if (holderNameProblem(name) !== null) return;
      expect(name).not.toMatch(/[/\\\0+#]|^[.-]|^$/);
      expect([...name].length).toBeLessThanOrEqual(64);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(180);
    }),
    { numRuns: 1000 },
  );
});
