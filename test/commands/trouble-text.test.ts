import { expect, test } from 'vitest';
import { troubleText } from '../../src/commands/trouble-text.ts';
import { printable } from '../../src/text/clean.ts';

test('a defect of ours is told in a few lines that a terminal does not act on', () => {
  const defect = new TypeError(
    `not a file: \u001B]0;title\u0007\n${'\u202Ex\u009B2J'.repeat(100_000)}`,
  );
  // What it was caused by may hold anything, such as what was sent.
  defect.cause = new Error('the password was: hunter2');
  const lines = troubleText(defect);
  expect(lines[0]).toContain('Please report these lines');
  expect(lines.length).toBeLessThan(15);
  expect(lines.join('').length).toBeLessThan(6000);
  expect(lines.join('')).not.toMatch(/\p{Cc}|\p{Cf}/u);
  expect(lines.map(printable)).toEqual(lines);
  expect(lines.join('\n')).not.toContain('hunter2');
  expect(troubleText('thrown text \u001B[2J')[1]).toBe('thrown text ·[2J');
});
