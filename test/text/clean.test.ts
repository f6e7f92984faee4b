import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clean, cleanLines, printable, printableJson } from '../../src/text/clean.ts';

/** What a terminal acts on, or what changes how the rest of a line is read. */
const dangerous = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/u;

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        ...['\u001B[2J', '\u001B]0;title\u0007', '\u009B31m', '\u202E', '\u200B', '\uFEFF'],
        ...['\r', '\n', '\t', '\0', '\uD800', '\u{F0000}', '\u{E0041}', 'word', '日本', 'e\u0301'],
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join('')),
);

test('nothing that a terminal could act on is left of any text, and it is bounded', () => {
  fc.assert(
    fc.property(nasty, fc.integer({ min: 1, max: 80 }), (text, columns) => {
      expect(clean(text, columns)).not.toMatch(dangerous);
      const lines = cleanLines(text, 5, columns);
      expect(lines.length).toBeLessThanOrEqual(5);
      for (const line of lines) expect(line).not.toMatch(dangerous);
      expect(printable(text).replaceAll('\n', '')).not.toMatch(dangerous);
    }),
  );
  expect(clean('x'.repeat(10_000_000)).length).toBe(400);
  expect(cleanLines('line\n'.repeat(1_000_000))).toHaveLength(20);
});

test('JSON says the same with nothing of that kind in it', () => {
  fc.assert(
    fc.property(fc.dictionary(nasty, nasty), (value) => {
      const text = printableJson(value);
      expect(text).not.toMatch(dangerous);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
