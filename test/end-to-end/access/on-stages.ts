import { afterAll, beforeAll, expect, test } from 'vitest';
import { isDrawn } from '../../support/drawn.ts';
import { type Suite, suites } from '../../support/hosts/suites.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import type { Case } from '../corpus/answers.ts';
import { type Choice, meet } from './meet.ts';
import { keyOf, metBefore, recordMet } from './met.ts';
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

/** How many hosts of a release stand side by side: each waits about half of its time. To the second root logs in. */
const lanes = all ? 2 : 1;

/**
 * Meets configurations, each on a host of one Debian release, one after the other there; the hosts side by
 * side. What an earlier run has met is left out. `look` says what is wrong with who got in at first.
 */
export function onStages(
  title: string,
  turnsOf: (suite: Suite) => Turn[],
  { look = () => [], prepare = (one) => one }: Adjusted = {},
): void {
  const turns = suites.flatMap((suite) => turnsOf(suite).map((turn) => ({ suite, ...turn })));
  if (turns.length === 0) test.skip(`${title}: there are none on this machine`);
  const met = new Set(metBefore().map(keyOf));
  const drawn = turns.filter(({ one, choice }) => isDrawn(`${title} ${one.name} ${choice}`));
  const left = drawn.filter(
    ({ suite, one, choice }) => !met.has(keyOf({ title, suite, name: one.name, choice })),
  );
  if (drawn.length < turns.length)
    test.skip(`${turns.length - drawn.length} ${title} are not drawn in this run`);
  if (left.length < drawn.length)
    test.skip(`${drawn.length - left.length} ${title} were met before`);
  const sides = suites.flatMap((suite) => {
    const here = left.filter((turn) => turn.suite === suite);
    return Array.from({ length: lanes }, (_, lane) => ({
      suite,
      as: lane === 0 ? ('user' as const) : ('root' as const),
      where: lanes > 1 ? `${suite}, host ${lane + 1}` : suite,
      turns: here.filter((_, n) => n % lanes === lane),
    }));
  });
  const some = sides.filter(({ turns }) => turns.length > 0);
  onHosts.concurrent.each(some)(`${title} on $where`, limit, ({ suite, as, turns }) => {
    let stage: Stage;
    const outcomes = new Map<string, number>();
    beforeAll(async () => {
      stage = await openStage(suite, as);
    }, limit.timeout);
    afterAll(async () => {
      for (const [outcome, count] of outcomes) console.log(`${suite}: ${count} ${outcome}`);
      await stage?.close();
    });
    const named = turns.map((turn) => ({ ...turn, name: `${turn.one.name}, ${turn.choice}` }));
    const options = { timeout: 900_000, concurrent: false };
    test.each(named)('$name', options, async ({ one, choice }) => {
      const placed = prepare(one, stage);
      const met = await meet(stage, placed, choice);
      outcomes.set(met.outcome, (outcomes.get(met.outcome) ?? 0) + 1);
      met.findings.push(...look(one, met.before));
      if (met.findings.length > 0) expect.fail(reportOf(placed, choice, met));
      recordMet({ title, suite, name: one.name, choice, outcome: met.outcome });
    });
  });
}

interface Adjusted {
  look?(one: Case, before: Table): string[];
  /** A case as it is on that host. */
  prepare?(one: Case, stage: Stage): Case;
}
