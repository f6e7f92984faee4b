import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeKey, KeyBytes } from '../../../screens/keys/key-bytes.ts';
import { bindings } from '../../../screens/keys/key-table.ts';
import { bytesOf } from '../../support/terminal/keys.ts';

/** What terminals send for the keys of the table: xterm, rxvt, the Linux console, PuTTY, VT220. */
const otherwise = ['\u001B[1~', '\u001B[4~', '\u001B[7~', '\u001B[8~', '\u001BOH', '\u001BOF'];
const more = ['\u001B[8$', '\u001B[1;5D', '\u001B[[5~', '\u001BOA', '\u001B[15~', 'é', '€'];
const paste = '\u001B[200~4q\r\u001B[B\u001B[201~';
const keys = [
  ...new Set(bindings.flatMap(({ keys }) => keys.map(bytesOf))),
  ...[...otherwise, ...more, paste, '1', '9'],
].filter((bytes) => bytes !== '\u001B' && bytes !== '\u0003');

/** The keys that come of these pieces, with the pauses that are given as null. */
function read(pieces: readonly (string | null)[]): string[] {
  const bytes = new KeyBytes();
  const found = pieces.flatMap((piece) => (piece === null ? bytes.expire() : bytes.push(piece)));
  while (bytes.wait !== null) found.push(...bytes.expire());
  return found;
}

test.each(keys)('%j is one key, wherever it is cut', (key) => {
  for (let cut = 0; cut <= key.length; cut++)
    expect(read([key.slice(0, cut), key.slice(cut)])).toEqual([key]);
  expect(read(key.split(''))).toEqual([key]);
});

test('keys are the same, however what was typed is cut up', () => {
  const cuts = fc.array(fc.nat({ max: 60 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...keys), { maxLength: 12 }), cuts, (typed, at) => {
      const text = typed.join('');
      const ends = [...new Set([...at, text.length])].sort((a, b) => a - b);
      const pieces = ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
      expect(read(pieces)).toEqual(typed);
    }),
    { numRuns: 1000 },
  );
});

/** The keys that come of single bytes with such pauses before each, in milliseconds. */
function readSlowly(key: string, pauses: readonly number[]): string[] {
  const bytes = new KeyBytes();
  const found: string[] = [];
  for (const [at, byte] of key.split('').entries()) {
    if (bytes.wait !== null && bytes.wait <= (pauses[at] ?? 0)) found.push(...bytes.expire());
    found.push(...bytes.push(byte));
  }
  return found;
}

test.each([
  ['itself', 140],
  ['nothing worse than Esc', 900],
])('a key whose bytes come apart is %s', (_, longest) => {
  const apart = fc.array(fc.nat({ max: longest }), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(fc.constantFrom(...keys), apart, (key, pauses) => {
      const found = readSlowly(key, pauses);
      if (longest < 150) expect(found).toEqual([key]);
      else expect([[key], [escapeKey]]).toContainEqual(found);
    }),
    { numRuns: 2000 },
  );
});

test('Esc is Esc when nothing follows it, and before another one', () => {
  expect(read(['\u001B'])).toEqual([escapeKey]);
  expect(read(['\u001B\u001B'])).toEqual([escapeKey, escapeKey]);
  expect(read(['\u001B', '\u001B[A'])).toEqual([escapeKey, '\u001B[A']);
  expect(read(['\u001B', null, 'q'])).toEqual([escapeKey, 'q']);
  expect(new KeyBytes().wait).toBeNull();
});

test('what comes with Alt is no key, also of those that have no name', () => {
  expect(read(['\u001B4', '\u001Bq', '\u001B\r', '\u001B👍', '1'])).toEqual(['1']);
  expect(read(['\u001B', '4'])).toEqual([]);
});

test('a sequence that breaks off is nothing, and what follows it is itself', () => {
  expect(read(['\u001B[4', '\r'])).toEqual(['\r']);
  expect(read(['\u001B[4\u001B[B'])).toEqual(['\u001B[B']);
  expect(read(['\u001B[4', null, 'j'])).toEqual(['j']);
});

test('Ctrl-C works in the middle of anything', () => {
  for (const begun of ['\u001B', '\u001B[4', '\u001B[200~text', '\u001BO'])
    expect(read([begun, '\u0003']).at(-1)).toBe('\u0003');
  expect(read(['\u001B\u0003']).at(-1)).toBe('\u0003');
});
