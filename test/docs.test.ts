import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pages } from '../scripts/docs.ts';
import { parseAnswers } from '../src/steps/answers/answers-file.ts';

const at = (path: string) => new URL(`../${path}`, import.meta.url);

test.each([...pages()])('%s is as `npm run docs` makes it', (path, text) => {
  expect(readFileSync(at(path), 'utf8')).toBe(text);
});

test('each field of the answers file is described', () => {
  const rows =
    pages()
      .get('docs/answers.md')
      ?.split('\n')
      .filter((line) => line.startsWith('| `')) ?? [];
  expect(rows.length).toBeGreaterThan(25);
  // What the words themselves say needs no more of them.
  const plain = [
    'authority.subject.organization',
    'authority.subject.email',
    'authority.key',
    'certificates.key',
  ];
  const without = rows.filter((line) => / \| {2}\|$/.test(line)).map((line) => line.split('`')[1]);
  expect(without.filter((name) => !plain.includes(name ?? ''))).toEqual([]);
});

test.each(readdirSync(at('examples/answers')))('the example %s is a right answers file', (name) => {
  const text = readFileSync(at(`examples/answers/${name}`), 'utf8');
  expect(() => parseAnswers(text, name)).not.toThrow();
});
