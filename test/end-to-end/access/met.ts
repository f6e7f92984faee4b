import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Suite } from '../../support/hosts/suites.ts';

/** A configuration that was met with a choice, and everything held. */
export interface Result {
  /** Which configurations it is of. */
  title: string;
  suite: Suite;
  name: string;
  choice: string;
  outcome: string;
}

/** Where what was met is collected, outside the checkout: what is there is not met again. */
export const variable = 'LOCKSTEP_CORPUS_RESULTS';

/** Records that everything held; to be called when it has been seen to hold. */
export function recordMet(met: Result): void {
  const folder = process.env[variable];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(met)}\n`);
}

/** Everything that was met in this run, or in earlier ones that left their results there. */
export function metBefore(folder = process.env[variable]): Result[] {
  if (!folder || !existsSync(folder)) return [];
  const lines = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean),
  );
  return [
    ...new Map(lines.map((line) => JSON.parse(line) as Result).map((one) => [keyOf(one), one])),
  ].map(([, one]) => one);
}

export const keyOf = ({ title, suite, name, choice }: Omit<Result, 'outcome'>): string =>
  [title, suite, name, choice].join('\n');
