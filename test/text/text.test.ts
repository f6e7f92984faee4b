import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { edit, type Field, insert, laidOut } from '../../screens/forms/text-field.ts';
import type { Mode } from '../../screens/keys/binding.ts';
import { bindings } from '../../screens/keys/key-table.ts';
import { keyTable } from '../../screens/keys/keys.ts';
import { copyable } from '../../screens/text/copyable.ts';
import { glyphsFor } from '../../screens/text/glyphs.ts';
import { fitted, textOf, widthOf, wrap } from '../../screens/text/lines.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 200 });

test('a line is never wider than it may be, holds nothing a terminal acts on, and in ASCII only ASCII', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 4, max: 120 }), fc.boolean(), (text, width, ascii) => {
      const line = fitted([{ text }, { text, tone: 'bad' }], width, ascii);
      expect(widthOf(line)).toBeLessThanOrEqual(width);
      expect(textOf(line)).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}/u);
      if (ascii) expect(textOf(line)).toMatch(/^[\x20-\x7e]*$/);
    }),
  );
});

test('wrapped text keeps every word, in order', () => {
  const word = fc.string({
    unit: fc.constantFrom('a', 'b', '/', '.', '-'),
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 30 }),
      fc.integer({ min: 10, max: 80 }),
      (words, width) => {
        const lines = wrap(words.join(' '), width);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      },
    ),
  );
});

test('a long path breaks after a slash', () => {
  expect(wrap('created /etc/mosquitto/certs/release-0001/broker.key', 30)).toEqual([
    'created /etc/mosquitto/certs/',
    'release-0001/broker.key',
  ]);
});

test('whatever is typed, all of it is in view, and the cursor inside it', () => {
  const keys = [
    'left',
    'right',
    'home',
    'end',
    'backspace',
    'delete',
    'ctrl-a',
    'ctrl-e',
    'ctrl-u',
    'ctrl-k',
    'ctrl-w',
  ];
  const step = fc.oneof(fc.constantFrom(...keys), fc.string({ unit: 'grapheme', maxLength: 5 }));
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 4, max: 40 }),
      (steps, width) => {
        let field: Field = { text: '', cursor: 0 };
        for (const one of steps) field = keys.includes(one) ? edit(field, one) : insert(field, one);
        expect(field.cursor).toBeGreaterThanOrEqual(0);
        expect(field.cursor).toBeLessThanOrEqual(field.text.length);
        const { rows, x, y } = laidOut(field, width);
        expect(rows.join('')).toBe(field.text);
        for (const row of rows) expect(stringWidth(row)).toBeLessThanOrEqual(width);
        expect(x).toBeLessThan(width);
        const before = rows.slice(0, y).reduce((sum, row) => sum + stringWidth(row), 0) + x;
        expect(before).toBe(stringWidth(field.text.slice(0, field.cursor)));
      },
    ),
  );
});

test.each([
  ['ctrl-a', 'one two', 0, 'one two', 0],
  ['ctrl-u', 'one two', 4, 'two', 0],
  ['ctrl-k', 'one two', 3, 'one', 3],
  ['ctrl-w', 'one two', 7, 'one ', 4],
  ['backspace', 'one', 1, 'ne', 0],
  ['delete', 'one', 1, 'oe', 1],
  ['left', 'e\u0301x', 2, 'e\u0301x', 0],
])('%s in "%s" at %i', (key, text, cursor, after, at) => {
  expect(edit({ text, cursor }, key)).toEqual({ text: after, cursor: at });
});

test('a broken command is the same command for a shell', () => {
  const command = `openssl req -new -subj '/O=Two  words/CN=a' -keyout "my key" -out client.csr`;
  const lines = copyable(command, 30);
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.join('\n').replace(/ \\\n {2}/g, ' ')).toBe(command);
});

test('no key means two things in one mode, and the manual names every key', () => {
  for (const mode of ['list', 'form', 'field', 'overlay', 'commands', 'live'] as Mode[]) {
    const keys = bindings.filter((one) => one.modes.includes(mode)).flatMap((one) => one.keys);
    expect(new Set(keys).size).toBe(keys.length);
  }
  expect(keyTable(glyphsFor({}))).toHaveLength(bindings.length);
});

test.each([
  [{ LANG: 'en_GB.UTF-8', TERM: 'xterm' }, false],
  [{ LANG: 'C', TERM: 'xterm' }, true],
  [{ LC_ALL: 'C', LANG: 'en_GB.UTF-8', TERM: 'xterm' }, true],
  [{ LC_CTYPE: 'C.utf8', TERM: 'xterm' }, false],
  [{ LANG: 'C.UTF-8', TERM: 'linux' }, true],
  [{}, true],
])('signs for %o', (environment, ascii) => {
  expect(glyphsFor(environment).ascii).toBe(ascii);
});
