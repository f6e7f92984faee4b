import { suites, versionOf } from '../../support/hosts/suites.ts';
import type { Result } from '../access/met.ts';

/** What became of the configurations that were met, in Markdown: how many came to each end on each version. */
export function table(met: readonly Result[]): string {
  const sections = [...new Set(met.map(({ title }) => title))].map((title) => {
    const here = met.filter((one) => one.title === title);
    const outcomes = [...new Set(here.map(({ outcome }) => outcome))].sort(
      (one, other) => times(here, other) - times(here, one),
    );
    const counts = (outcome?: string) =>
      suites.map(
        (suite) =>
          here.filter((one) => one.suite === suite && (!outcome || one.outcome === outcome)).length,
      );
    return [
      `## ${here.length} ${title}`,
      '',
      `| | ${suites.map((suite) => `${versionOf(suite)} (${suite})`).join(' | ')} |`,
      `|---|${suites.map(() => '--:|').join('')}`,
      ...outcomes.map((outcome) => `| ${[outcome, ...counts(outcome)].join(' | ')} |`),
      `| all | ${counts().join(' | ')} |`,
    ].join('\n');
  });
  return [
    '# What becomes of other people’s configurations',
    '',
    'Written by `npm run corpus`, on real hosts. Each was looked at before and after with other programs than',
    'Lockstep: nobody was let in whom a listener did not let in before, who was shut out was in the plan, the',
    'audit agreed with the broker, a refusal touched nothing, and undo left everything as it was. Left out are',
    '`port-80-root` on 2.1.2, where Debian’s unit does not start the broker as root, and `max_keepalive 60` on 2.0.21,',
    'which then hangs up on whoever has just come, at random (mosquitto#3286).',
    '',
    sections.join('\n\n'),
    '',
  ].join('\n');
}

const times = (met: readonly Result[], outcome: string): number =>
  met.filter((one) => one.outcome === outcome).length;
