import { suites } from '../../hosts/suites.ts';
import type { TurnResult } from './results.ts';

/** What came of a soak, as Markdown. */
export function soakTable(seed: number, results: readonly TurnResult[]): string {
  const failed = results.filter((one) => one.failed !== null);
  const kinds = [...new Set(results.map(({ turn }) => kindOf(turn)))].sort();
  const cell = (kind: string, suite: string) => {
    const those = results.filter(({ turn }) => kindOf(turn) === kind && turn.suite === suite);
    const outcomes = new Map<string, number>();
    for (const { outcome } of those) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    return (
      [...outcomes]
        .sort()
        .map(([outcome, count]) => `${count} ${outcome}`)
        .join('; ') || '-'
    );
  };
  const rows = kinds.map(
    (kind) => `| ${kind} | ${suites.map((suite) => cell(kind, suite)).join(' | ')} |`,
  );
  return `# What came of a soak

Written by \`npm run soak\`, on real hosts with real brokers: ${results.length} set-ups, each with one fault at one
moment, drawn from seed ${seed}. After each: the old service or the new one, proved; no edit lost; no key exposed; what
the program said is what other programs saw. ${failed.length} failed. How the set-up ended in which it happened:

| | ${suites.join(' | ')} |
|---|${suites.map(() => '---|').join('')}
${rows.join('\n')}
`;
}

const kindOf = ({ mishap, during }: TurnResult['turn']): string => {
  const how = 'how' in mishap ? `, ${mishap.how}` : 'way' in mishap ? `, ${mishap.way}` : '';
  return `${mishap.kind}${how}${during === 'undo' ? ', during undo' : ''}`;
};
