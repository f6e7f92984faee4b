import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { faults, rows, suitesOf } from './matrix.ts';
import { missing, table } from './table.ts';

const everything = rows.flatMap(({ id }) =>
  suitesOf(id, true).map((suite) => ({ row: id, suite, outcome: 'secured', gap: 120 })),
);

test('each of the 25 faults has its rows, and each row the test that records it', () => {
  expect(Object.keys(faults).map(Number)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  expect([...new Set(rows.map(({ id }) => Number.parseInt(id, 10)))].sort((a, b) => a - b)).toEqual(
    Object.keys(faults).map(Number),
  );
  for (const { id, test } of rows) {
    const file = new URL(test, import.meta.url);
    expect(existsSync(file), test).toBe(true);
    expect(readFileSync(file, 'utf8'), `${id} in ${test}`).toContain(`'${id}'`);
  }
});

test('a row that is missing on one suite is named, and stands out in the table', () => {
  expect(missing(everything, true)).toEqual([]);
  expect(table(everything)).not.toContain('not tried');
  const without = everything.filter(
    ({ row, suite }) => row !== '4-disk-here' || suite !== 'trixie',
  );
  expect(missing(without, true)).toEqual(['4-disk-here on trixie']);
  expect(table(without)).toMatch(
    /full on this machine \| secured; 120 ms \| not tried whole yet \| secured/,
  );
});

test('a sample meets every row, and every suite', () => {
  const sample = rows.flatMap(({ id }) => suitesOf(id, false).map((suite) => ({ id, suite })));
  expect(sample.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  expect(new Set(sample.map(({ suite }) => suite)).size).toBe(3);
});
