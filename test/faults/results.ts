import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Suite } from '../hosts/suites.ts';
import { row } from './matrix.ts';

/** What came of a fault on one suite's broker. */
export interface Result {
  row: string;
  suite: Suite;
  /** Two or three plain words. */
  outcome: string;
  /** The longest time without service, in milliseconds; null where nobody watched. */
  gap: number | null;
}

/** Where the results of this run are collected, outside the checkout. */
export const variable = 'LOCKSTEP_FAULT_RESULTS';

/** Records what came of a fault; to be called when all that was to hold has been seen to hold. */
export function record(id: string, suite: Suite, outcome: string, gap: number | null): void {
  const folder = process.env[variable];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const result: Result = { row: row(id).id, suite, outcome, gap };
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(result)}\n`);
}

/** Everything that was recorded; of one that was tried twice, the last. */
export function results(folder: string): Result[] {
  if (!existsSync(folder)) return [];
  const last = new Map<string, Result>();
  for (const name of readdirSync(folder).sort())
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean)) {
      const result: Result = JSON.parse(line);
      last.set(`${result.row} ${result.suite}`, result);
    }
  return [...last.values()];
}
