import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { decode, encode } from '../../../src/pki/encoding/der.ts';
import {
  encodeSubject,
  readSubject,
  requireSubject,
  subjectFieldProblem,
  subjectFields,
  subjectText,
} from '../../../src/pki/x509/subject.ts';

vi.setConfig({ testTimeout: 30_000 }); // on a busy machine

test('the seven questions, whose examples can all be used', () => {
  expect(subjectFields.map(({ id }) => id)).toEqual([
    'country',
    'state',
    'locality',
    'organization',
    'unit',
    'commonName',
    'email',
  ]);
  for (const { id, example } of subjectFields) expect(subjectFieldProblem(id, example)).toBeNull();
});

test.each([
  ['country', 'gb'],
  ['country', 'GBR'],
  ['organization', 'x'.repeat(65)],
  ['unit', 'a\u001b[31m'],
  ['state', ' Kent'],
  ['commonName', ''],
  ['commonName', 'R+D'],
  ['email', 'ca@bücher.example'],
  ['email', 'nobody'],
] as const)('%s cannot be %j', (id, value) => {
  expect(subjectFieldProblem(id, value)).not.toBeNull();
  expect(() => requireSubject({ commonName: 'CA', [id]: value })).toThrow(/cannot be/);
});

test('only the common name has to be given', () => {
  expect(() => requireSubject({ commonName: 'CA', email: '' })).not.toThrow();
  expect(() => requireSubject({ country: 'GB' })).toThrow();
});

test('what is written is what is read', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(text, text, (organization, commonName) => {
      const subject = { country: 'GB', organization, commonName };
      fc.pre(subjectFieldProblem('organization', organization) === null);
      fc.pre(subjectFieldProblem('commonName', commonName) === null);
      const parts = readSubject(decode(encode(encodeSubject(subject))));
      expect(parts).toEqual([
        { type: 'C', value: 'GB' },
        { type: 'O', value: organization },
        { type: 'CN', value: commonName },
      ]);
    }),
  );
});

test('a value cannot pass for another part', () => {
  const parts = readSubject(encodeSubject({ organization: 'x, CN=admin', commonName: 'client01' }));
  expect(subjectText(parts)).toBe('O=x\\, CN\\=admin, CN=client01');
});
