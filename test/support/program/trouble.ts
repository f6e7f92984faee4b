import { expect } from 'vitest';
import type { ProgramResult } from '../hosts/program.ts';

/** One clear message: what happened, the likely cause and what to do, and how the program ended. */
export interface Told {
  code: number;
  what: string | RegExp;
  likely: string | RegExp;
  next: string | RegExp;
  /** Words of the other side that are shown with it. */
  detail?: string | RegExp;
}

/** Asserts that the program ended with this message and with no other, in any of its forms. */
export function expectTold(result: ProgramResult, told: Told): void {
  const lines = result.stderr.trimEnd().split('\n');
  const after = (word: string) =>
    lines.find((line) => line.startsWith(word))?.slice(word.length) ?? '';
  const what = lines.findLastIndex((line) => !/^( {4}|Likely: |Next: )/.test(line));
  expect(lines[what] ?? '', result.stderr).toMatch(told.what);
  expect(after('Likely: '), result.stderr).toMatch(told.likely);
  expect(after('Next: '), result.stderr).toMatch(told.next);
  const detail = lines.slice(what + 1).filter((line) => line.startsWith('    '));
  if (told.detail) expect(detail.join('\n')).toMatch(told.detail);
  expect(detail.length).toBeLessThan(20);
  expect(result.stderr).not.toMatch(/^\s+at |inside Lockstep|undefined|\[object/m);
  expect(result.stdout).not.toMatch(/^\s+at |undefined|\[object/m);
  expect(result.code, result.stderr).toBe(told.code);
}
