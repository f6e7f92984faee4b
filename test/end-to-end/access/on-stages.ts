import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Suite, suites } from '../../hosts/suites.ts';
import type { Case } from '../corpus/answers.ts';
import { limit, onHosts } from '../on-hosts.ts';
import { type Choice, meet } from './meet.ts';
import { reportOf } from './report.ts';
import { openStage, type Stage } from './stage.ts';
import type { Table } from './table.ts';

/** A configuration to be met on one host, with one choice. */
export interface Turn {
  one: Case;
  choice: Choice;
}

/** Whether every configuration is to be met, which takes hours; else a few are. */
export const all = process.env.LOCKSTEP_TEST_FULL === '1';

/**
 * Meets configurations, each on the host of one Debian release, one after the other there; the hosts side by
 * side. `look` says what is wrong with who got in at first.
 */
export function onStages(
  title: string,
  turnsOf: (suite: Suite) => Turn[],
  { look = () => [], prepare = (one) => one }: Adjusted = {},
): void {
  const meant = suites.map((suite) => ({ suite, turns: turnsOf(suite) }));
  const some = meant.filter(({ turns }) => turns.length > 0);
  if (some.length === 0) test.skip(`${title}: there are none on this machine`);
  onHosts.concurrent.each(some)(`${title} on $suite`, limit, ({ suite, turns }) => {
    let stage: Stage;
    const outcomes = new Map<string, number>();
    beforeAll(async () => {
      stage = await openStage(suite);
    }, limit.timeout);
    afterAll(async () => {
      for (const [outcome, count] of outcomes) console.log(`${suite}: ${count} ${outcome}`);
      await stage?.close();
    });
    const named = turns.map((turn) => ({ ...turn, name: `${turn.one.name}, ${turn.choice}` }));
    const options = { timeout: 240_000, concurrent: false };
    test.each(named)('$name', options, async ({ one, choice }) => {
      const placed = prepare(one, stage);
      const met = await meet(stage, placed, choice);
      outcomes.set(met.outcome, (outcomes.get(met.outcome) ?? 0) + 1);
      if (all) console.log(`${suite}, ${one.name}, ${choice}: ${met.outcome}`);
      met.findings.push(...look(one, met.before));
      if (met.findings.length > 0) expect.fail(reportOf(placed, choice, met));
    });
  });
}

interface Adjusted {
  look?(one: Case, before: Table): string[];
  /** A case as it is on that host. */
  prepare?(one: Case, stage: Stage): Case;
}
