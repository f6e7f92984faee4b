import { suites } from '../../support/hosts/suites.ts';
import type { Last } from '../records.ts';
import type { TurnResult } from './results.ts';

type Results = readonly Last<TurnResult>[];

/** What came of a soak, as Markdown. */
export function soakTable(seed: number, results: Results): string {
  const failed = results.filter((one) => one.failed !== null);
  const kinds = [...new Set(results.map(({ turn }) => kindOf(turn)))].sort();
  const rows = kinds.map((kind) => {
    const those = results.filter(({ turn }) => kindOf(turn) === kind);
    const of = suites.map((suite) => outcomes(those.filter(({ turn }) => turn.suite === suite)));
    return `| ${[kind, happened(those), longest(those), ...of].join(' | ')} |`;
  });
  return `# What came of a soak

Written by \`npm run soak\`, on real hosts with real brokers: ${results.length} set-ups, each with one fault at one
moment, drawn from seed ${seed}. Each fault was seen to happen while the program ran. After it: the old service or the new
one, proved; no edit lost; no key exposed; what the program said is what other programs saw. ${failed.length} failed.
The time is the longest between two messages of a client that publishes four times a second throughout, the restarts of
resuming and of undo included, and those of the fault itself. How the set-up ended in which it happened:

| | happened | longest gap | ${suites.join(' | ')} |
|---|---|---|${suites.map(() => '---|').join('')}
${rows.join('\n')}

${[...moved(results), ...editsIn(results), ...metAgain(results)].join('\n')}
`;
}

const happened = (those: Results): string =>
  `${those.filter((one) => one.happened).length} of ${those.length}`;

function longest(those: Results): string {
  const gaps = those.flatMap(({ gap }) => (typeof gap === 'number' ? [gap] : []));
  return gaps.length > 0 ? `${Math.max(...gaps)} ms` : '-';
}

function outcomes(those: Results): string {
  const counted = new Map<string, number>();
  for (const { outcome } of those) counted.set(outcome, (counted.get(outcome) ?? 0) + 1);
  return (
    [...counted]
      .sort()
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join('; ') || '-'
  );
}

function moved(results: Results): string[] {
  const those = results.filter((one) => (one.moved ?? 0) > 0);
  return [
    `Met at another moment than the one drawn, as nothing could happen then: ${those.length}.`,
  ];
}

function editsIn(results: Results): string[] {
  const paths = new Map<string, number>();
  for (const { edited } of results)
    if (edited) {
      const path = edited.replace(/release-\d+/, 'release-NNNN');
      paths.set(path, (paths.get(path) ?? 0) + 1);
    }
  const edits = [...paths].sort().map(([path, count]) => `${path} (${count})`);
  return [`Edits of somebody, each found again: ${edits.join(', ') || 'none'}.`];
}

function metAgain(results: Results): string[] {
  const those = results.filter(({ failedBefore }) => failedBefore > 0);
  const held = those.filter(({ failed }) => failed === null).length;
  const numbers = those.map(({ number }) => number).join(', ');
  return those.length === 0
    ? ['None was met again.']
    : [
        `Met again, as they had failed at first: ${those.length} (turns ${numbers}); ${held} of them held then.`,
      ];
}

const kindOf = ({ mishap, during }: TurnResult['turn']): string => {
  const how = 'how' in mishap ? `, ${mishap.how}` : 'way' in mishap ? `, ${mishap.way}` : '';
  return `${mishap.kind}${how}${during === 'undo' ? ', during undo' : ''}`;
};
