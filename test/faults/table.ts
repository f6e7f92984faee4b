import { type Suite, suites, versionOf } from '../support/hosts/suites.ts';
import { faults, rows, suitesOf } from './matrix.ts';
import { again, type Last } from './records.ts';
import type { Result } from './results.ts';

/** Rows of a run, whole or sampled, that were not met, or failed when they were met last: each makes the run fail. */
export function missing(found: readonly Result[], all: boolean): string[] {
  const has = new Set(
    found.filter(({ failed }) => !failed).map(({ row, suite }) => `${row} on ${suite}`),
  );
  const wanted = rows.flatMap(({ id }) => suitesOf(id, all).map((suite) => `${id} on ${suite}`));
  return wanted.filter((name) => !has.has(name));
}

/** The table of the docs, in Markdown. */
export function table(found: readonly Last<Result>[]): string {
  const cell = (id: string, suite: Suite) => {
    const result = found.find((one) => one.row === id && one.suite === suite);
    if (!result) return 'not tried whole yet';
    const gap = result.gap === null ? '' : `; ${result.gap} ms`;
    return `${result.outcome}${gap}${again(result)}`;
  };
  const lines = rows.map(({ id, fault }) => {
    const number = Number.parseInt(id, 10);
    const cells = suites.map((suite) => cell(id, suite));
    return `| ${[number, `${faults[number]}: ${fault}`, ...cells].join(' | ')} |`;
  });
  return [
    '# What comes of each fault',
    '',
    'Written by `npm run faults`, on real hosts with real brokers. After each fault: the old service or the',
    'new one, proved; files as before or as planned; no key exposed; resuming ends secured, undo identical.',
    'The time is the longest between two messages of a client that publishes four times a second or more',
    'throughout, the restarts of resuming and of undo included, on a machine that is busy with a dozen hosts at once;',
    '`npm run bench` measures the gap of a set-up by itself.',
    '',
    `| | fault | ${suites.map((suite) => `Mosquitto ${versionOf(suite)} (${suite})`).join(' | ')} |`,
    `|---|---|${suites.map(() => '---|').join('')}`,
    ...lines,
    '',
  ].join('\n');
}
