import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quote } from '../../src/host/quote.ts';

/** What a real shell makes of the line: its arguments, each ended by NUL. */
function takenApart(line: string): string[] {
  const { stdout, stderr } = spawnSync('sh', ['-c', `printf '%s\\0' ${line}`]);
  expect(stderr.toString()).toBe('');
  return stdout.toString().split('\0').slice(0, -1);
}

test('a shell takes a quoted vector apart into the same vector, whatever is in it', () => {
  const nasty = fc.constantFrom(
    ...["'", '"', '\\', '$', '`', '\n', '\r', '\t', ' ', '-', '--', '!', '*', '~', ';', '&', '|'],
    ...[
      '$(id)',
      "'\\''",
      '\\\\',
      '#',
      '\x01',
      '\x7f',
      'ü',
      '😀',
      'a',
      '=',
      '<',
      '>',
      '(',
      ')',
      '{',
    ],
  );
  const argument = fc.oneof(
    fc.array(nasty, { maxLength: 8 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '').toWellFormed()),
  );
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 6 }), (argv) => {
      expect(takenApart(quote(argv))).toEqual(argv);
    }),
    { numRuns: 150 },
  );
});

test('every single character but NUL survives', () => {
  const all = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1));
  expect(takenApart(quote(all))).toEqual(all);
  expect(takenApart(quote([all.join('')]))).toEqual([all.join('')]);
});

test('what no program can be given is refused', () => {
  expect(() => quote(['printf', 'a\0b'])).toThrow(RangeError);
  expect(() => quote([])).toThrow(RangeError);
  expect(() => quote(['cat', 'x'.repeat(130_000)])).toThrow(RangeError);
});
