import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encode } from '../../../src/pki/encoding/der.ts';
import { readCertificate } from '../../../src/pki/x509/read-certificate.ts';
import { encodeSubject } from '../../../src/pki/x509/subject.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import { authorityByHand } from '../../../src/steps/authority/by-hand.ts';
import { comment, together } from '../../../src/steps/by-hand/machines.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { shellQuoted } from '../../../src/text/typed.ts';

const parts = [
  "'",
  '"',
  '$HOME',
  '`id`',
  '!!',
  '\\',
  ' ',
  '~',
  '=',
  '\n',
  '\t',
  '\x1b[A',
  'ü',
  '\u202e',
  '*',
  'a',
  ';',
  '#',
  '{b,c}',
  '-',
];

/** Every pair and many longer ones, the same every time. */
const words = [
  '',
  ...parts.flatMap((one) => parts.map((other) => `${one}${other}x`)),
  ...Array.from({ length: 100 }, (_, seed) =>
    Array.from(
      { length: 9 },
      (_, place) => parts[(seed * 7 + place * place * (seed + 3)) % parts.length],
    ).join(''),
  ).map((word) => `${word}.`),
];

// -H and a history: what an interactive bash does with a "!".
test.each([
  ['sh', '-s'],
  ['bash', '-s'],
  ['bash', '--norc', '-H', '-o', 'history', '-s'],
])('a quoted word is one word to %s', (...argv) => {
  const [shell = '', ...options] = argv;
  const script = words.map((word) => `printf '%s\\0' ${shellQuoted(word)}`).join('\n');
  const { stdout } = spawnSync(shell, options, { input: `${script}\n`, encoding: 'utf8' });
  expect(stdout.split('\0').slice(0, -1)).toEqual(words);
});

test('what is quoted can be typed: no control character, nothing that cannot be seen', () => {
  for (const word of words) expect(shellQuoted(word)).not.toMatch(/[\p{Cf}]|(?!\n)\p{Cc}/u);
});

test('a comment has nothing in it that a shell without comments would take for more', () => {
  expect(comment('To a@b; rm -rf "$HOME" `id` (it\'s) > x')).toMatch(/^# [\w ,.:@[\]/-]*$/);
});

test('several as one command, one with a here-document among them, as far as none fails', () => {
  const all = together(["cat <<'END'\nfirst\nEND", 'echo second', 'false', 'echo third']);
  const { stdout } = spawnSync('sh', ['-s'], { input: `${all}\n`, encoding: 'utf8' });
  expect(stdout).toBe('first\nsecond\n');
});

test.each([
  { organization: `O'Brien/CN=x`, commonName: 'a "$(b)" !! `c`' },
  { organization: 'A+CN=x\\', unit: '\\+/', commonName: 'ü = ß' },
  {
    country: 'GB',
    state: 's',
    locality: '#l',
    organization: ',',
    email: 'a/b+c@d.example',
    commonName: ' x'.trim(),
  },
])('the subject of an authority typed by hand is the one of the answers: %j', (given) => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-by-hand-'));
  try {
    const answers = defaultAnswers();
    answers.authority.subject = { ...answers.authority.subject, ...given };
    const lines = authorityByHand({ answers } as Setup, join(folder, 'ca'));
    spawnSync('sh', ['-s'], { input: `${lines.join('\n')}\ncat root_ca.crt\n`, encoding: 'utf8' });
    const { stdout } = spawnSync('cat', [join(folder, 'ca/root_ca.crt')], { encoding: 'utf8' });
    const { subjectDer } = readCertificate(stdout, 'root_ca.crt');
    expect(subjectDer.equals(encode(encodeSubject(answers.authority.subject)))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
