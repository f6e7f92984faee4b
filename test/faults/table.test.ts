import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { faults, rows, suitesOf } from './matrix.ts';
import { results } from './results.ts';
import { missing, table } from './table.ts';

const everything = rows.flatMap(({ id }) =>
  suitesOf(id, true).map((suite) => ({
    row: id,
    suite,
    outcome: 'secured',
    gap: 120,
    failedBefore: 0,
  })),
);

test('each of the faults has its rows, and each row the test that records it', () => {
  expect(Object.keys(faults).map(Number)).toEqual(Object.keys(faults).map((_, index) => index + 1));
  expect([...new Set(rows.map(({ id }) => Number.parseInt(id, 10)))].sort((a, b) => a - b)).toEqual(
    Object.keys(faults).map(Number),
  );
  for (const { id, test } of rows) {
    const file = new URL(`rows/${test}`, import.meta.url);
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

const wrote = (folder: string, pid: number, ...records: object[]) =>
  writeFileSync(
    join(folder, `${pid}.jsonl`),
    records.map((one) => `${JSON.stringify(one)}\n`).join(''),
  );

test('of what was met again the last by its time counts, and that it failed before is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-records-'));
  try {
    const disk = { row: '4-disk-here', suite: 'trixie', gap: null };
    const held = { outcome: 'refused', failed: null };
    const fell = { outcome: 'FAILED', failed: 'neither' };
    // The later process has the smaller number; one record is from before times were kept.
    wrote(
      folder,
      200,
      { ...disk, ...fell, at: 1000 },
      { ...disk, row: '4-disk-of-broker', ...fell, at: 2000 },
    );
    wrote(
      folder,
      100,
      { ...disk, ...held, at: 3000 },
      { ...disk, row: '4-disk-of-broker', ...held, at: 1000 },
    );
    wrote(folder, 300, { ...disk, outcome: 'of old' });
    const found = results(folder);
    expect(found).toHaveLength(2);
    const of = (id: string) => found.find(({ row }) => row === id);
    expect(of('4-disk-here')).toMatchObject({ ...held, failedBefore: 1 });
    expect(of('4-disk-of-broker')).toMatchObject({ ...fell, failedBefore: 0 });
    expect(table(found)).toMatch(
      /full on this machine .*refused \(met again: failed once before\)/,
    );
    expect(table(found)).toMatch(/full on the broker's machine .*FAILED/);
    expect(missing(found, true)).toContain('4-disk-of-broker on trixie');
    expect(missing(found, true)).not.toContain('4-disk-here on trixie');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
