import type { Suite } from '../support/hosts/suites.ts';
import { row } from './matrix.ts';
import { append, type Last, lastOf, type Recorded } from './records.ts';

/** What came of a fault on one suite's broker. */
export interface Result extends Recorded {
  row: string;
  suite: Suite;
  /** Two or three plain words. */
  outcome: string;
  /** The longest time without service, in milliseconds; null where nobody watched. */
  gap: number | null;
}

/** Where the results of this run are collected, outside the checkout. */
export const variable = 'LOCKSTEP_FAULT_RESULTS';

/**
 * Meets a fault and records what came of it: the outcome and the longest gap that `meet` gives when all that was to
 * hold has been seen to hold; that it failed, and why, when it throws.
 */
export async function recorded(
  id: string,
  suite: Suite,
  meet: () => Promise<Pick<Result, 'outcome' | 'gap'>>,
): Promise<void> {
  const one = { row: row(id).id, suite };
  try {
    const result: Result = { ...one, ...(await meet()), failed: null };
    append(process.env[variable], result);
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    const result: Result = { ...one, outcome: 'FAILED', gap: null, failed };
    append(process.env[variable], result);
    throw error;
  }
}

/** Everything that was recorded; of one that was tried twice, the last. */
export const results = (folder: string): Last<Result>[] =>
  lastOf<Result>(folder, ({ row, suite }) => `${row} ${suite}`);
