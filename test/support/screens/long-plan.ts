import type { Change } from '../../../src/steps/contract/plan.ts';
import { FakeSession } from './fake-session.ts';
import { answers, at, changes, questions } from './scenes.ts';

export const theEnd = 'This is the end of it.';

/** A session at a plan of so many lines of a difference. */
export const planOf = (lines: number): FakeSession =>
  new FakeSession({
    answers,
    questions,
    events: [
      ...at('harden'),
      { type: 'act' },
      {
        type: 'planned',
        step: 'harden',
        plan: {
          changes: [
            {
              ...(changes[0] as Change),
              diff: Array.from({ length: lines }, (_, at) => `+line ${at}\n`).join(''),
            },
          ],
          notes: [{ text: theEnd, warning: false }],
        },
      },
    ],
  });
