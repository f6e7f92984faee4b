import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { announced, begun, commandLine } from '../../src/host/programs/command-line.ts';
import { quote } from '../../src/text/quote.ts';

const isHere = ([program = '', ...more]: string[]) =>
  spawnSync(program, [...more, '-c', ':']).status === 0;

/** Shells that a login user may have; those this machine has. */
const shells = [['sh'], ['dash'], ['bash'], ['busybox', 'sh'], ['zsh'], ['fish']].filter(isHere);

/** These take apart what is made for them, and not every line as the others do. */
const others = [['tcsh']].filter(isHere);

/** What a real shell makes of a line with `printf '%s\0'`: the arguments. The same in every one. */
function takenApart(line: string): string[] {
  const made = shells.map(([program = '', ...more]) => {
    const { stdout, stderr } = spawnSync(program, [...more, '-c', line]);
    expect(stderr.toString()).toBe('');
    return stdout.toString().split('\0').slice(0, -1);
  });
  for (const other of made) expect(other).toEqual(made[0]);
  return made[0] ?? [];
}

const printed = (argv: readonly string[]) => quote(['printf', '%s\\0', ...argv]);
// Four shells and more for each of many lines.
const limit = 120_000;
const many = { minLength: 20, maxLength: 20 };

test(
  'a shell takes a quoted vector apart into the same vector, whatever is in it',
  () => {
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
      // Many at once: starting shells is what takes the time.
      fc.property(fc.array(fc.array(argument, { minLength: 1, maxLength: 6 }), many), (vectors) => {
        expect(takenApart(vectors.map(printed).join('\n'))).toEqual(vectors.flat());
      }),
      { numRuns: 8 },
    );
  },
  limit,
);

test(
  'the whole command line of a login gives a program exactly its arguments',
  () => {
    const argument = fc
      .string({ unit: 'binary' })
      .map((text) => text.replaceAll('\0', '').toWellFormed());
    fc.assert(
      fc.property(fc.array(argument, { minLength: 20, maxLength: 40 }), (argv) => {
        for (const [program = '', ...more] of [...shells, ...others]) {
          // As sudo's announcement does it, too: a script of ours, its words as parameters.
          const script = 'printf "%s\\0" "$@"';
          const line = commandLine(['sh', '-c', script, 'lockstep', ...argv]);
          const { stdout, stderr } = spawnSync(program, [...more, '-c', line]);
          expect(stderr.toString().replace(announced, '')).toBe('');
          const [mark = '', ...output] = stdout.toString().split('\n');
          expect(`${mark}\n`).toMatch(begun);
          expect(output.join('\n').split('\0').slice(0, -1)).toEqual(argv);
        }
      }),
      { numRuns: 8 },
    );
  },
  limit,
);

test('every single character but NUL survives', () => {
  const all = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1));
  expect(takenApart(printed(all))).toEqual(all);
  expect(takenApart(printed([all.join('')]))).toEqual([all.join('')]);
});

test('what no program can be given is refused', () => {
  expect(() => quote(['printf', 'a\0b'])).toThrow(RangeError);
  expect(() => quote([])).toThrow(RangeError);
  expect(() => quote(['cat', 'x'.repeat(130_000)])).toThrow(RangeError);
});
