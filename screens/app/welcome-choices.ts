import type { Answers } from '../../src/steps/answers/answers.ts';
import { defaultAnswers } from '../../src/steps/answers/default-answers.ts';
import { lessons } from '../../src/steps/lessons.ts';
import { ago } from '../../src/text/ago.ts';
import type { SiteSummary } from '../../state/session/session-parts.ts';

export interface BrokerChoice {
  kind: 'resume' | 'practice' | 'ssh' | 'local';
  answers: Answers;
}

/** Which brokers can be opened: what was left unfinished first, then the three ways to begin. */
export function brokerChoices(
  sites: readonly SiteSummary[],
  now: Date,
): { label: string; value: BrokerChoice }[] {
  return [
    ...sites.map(({ answers, step, updated }) => ({
      label: `Go on with ${nameOf(answers.broker)}: ${lessons[step].title}, ${ago(updated, now)}`,
      value: { kind: 'resume' as const, answers },
    })),
    { label: 'Practice broker', value: { kind: 'practice', answers: defaultAnswers('practice') } },
    {
      label: 'A broker over SSH',
      value: { kind: 'ssh', answers: { ...defaultAnswers(), broker: '' } },
    },
    {
      label: 'The broker on this machine',
      value: { kind: 'local', answers: defaultAnswers('local') },
    },
  ];
}

const nameOf = (broker: string): string =>
  broker === 'practice' ? 'the practice broker' : broker === 'local' ? 'the broker here' : broker;
