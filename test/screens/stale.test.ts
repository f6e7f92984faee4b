import { describe, expect, test } from 'vitest';
import { stepLines } from '../../screens/steps/step-lines.ts';
import { standing } from '../../screens/steps/step-state.ts';
import { glyphsFor } from '../../screens/text/glyphs.ts';
import { textOf } from '../../screens/text/lines.ts';
import type { AnonymousReport } from '../../src/steps/anonymous/anonymous.ts';
import type { StepId } from '../../src/steps/contract/ids.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import type { Check } from '../../src/steps/contract/step.ts';
import { type Event, here, initial, type State, transition } from '../../state/machine/machine.ts';
import { answers, at, changes, evidence, questions } from '../support/screens/scenes.ts';
import { unicode } from '../support/screens/show.tsx';

const glyphs = glyphsFor(unicode);
const happen = (state: State, ...events: Event[]) => events.reduce(transition, state);
const drawn = (state: State) => {
  const id = here(state) as StepId;
  return stepLines({ state, id, questions, width: 70, glyphs }).map(textOf).join('\n');
};
const seen = (step: StepId, check: Check): Event[] => [
  ...at(step),
  { type: 'checking', step },
  { type: 'checked', step, check },
];

const accepted: AnonymousReport = {
  ...{ observed: 'accepted', words: 'The broker takes everybody.' },
} as AnonymousReport;

/** Each with something that was seen, and what stands on its screen because of it. */
const found: [StepId, Check, RegExp][] = [
  [
    'verify',
    { status: 'done', detail: '4 of 4 proofs hold.', report: evidence },
    /Secured|proofs? hold|Connect|mTLS from/,
  ],
  [
    'anonymous',
    { status: 'done', detail: 'A stranger was accepted.', report: accepted },
    /accepted|takes everybody|every topic/,
  ],
  ['harden', { status: 'drifted', detail: 'Somebody has changed it.', report: null }, /changed it/],
  [
    'distribute',
    { status: 'blocked', detail: 'It is in the way.', report: null, notes: ['Mind it.'] },
    /in the way|Mind it/,
  ],
];

describe.each(found)('%s: what was seen is not drawn as if it were so', (step, check, words) => {
  const state = happen(initial(answers), ...seen(step, check));
  const again = /This is being looked at again/;

  test('while it is looked at again', () => {
    expect(drawn(state)).toMatch(words);
    const unknown = happen(state, { type: 'answer', answers: { ...answers, broker: 'pi@other' } });
    const checking = happen(unknown, { type: 'checking', step });
    for (const looking of [unknown, checking]) {
      expect(drawn(looking)).not.toMatch(words);
      expect(drawn(looking)).toMatch(again);
      expect(standing(looking, step, glyphs).word).toBe('here');
    }
    expect(drawn(happen(checking, { type: 'checked', step, check }))).toMatch(words);
  });

  test('nor while it is worked out what to do', () => {
    const planning = happen(state, { type: 'act' });
    expect(planning.steps[step].phase).toBe('planning');
    expect(drawn(planning)).not.toMatch(words);
    expect(drawn(planning)).toMatch(again);
  });
});

test('after a change of the broker no step is marked as done before it was looked at again', () => {
  const changed = happen(
    initial(answers),
    ...at('harden'),
    { type: 'act' },
    { type: 'planned', step: 'harden', plan: { changes, notes: [] } },
    { type: 'agree' },
    { type: 'applied', step: 'harden' },
  );
  const words = (state: State) => stepIds.map((id) => standing(state, id, glyphs).word);
  const looked = Array(5).fill('being looked at');
  expect(words(changed)).toEqual([...looked, 'here', 'to do']);
  const check: Check = { status: 'done', detail: '', report: null };
  const first = happen(changed, { type: 'checked', step: 'inspect', check });
  expect(words(first)).toEqual(words(changed));
  const after = happen(
    changed,
    { type: 'checking', step: 'inspect' },
    { type: 'checked', step: 'inspect', check },
  );
  expect(words(after)[0]).toBe('done');
});

test('of what was never looked at nothing was seen before', () => {
  const opened = happen(initial(answers), ...at('inspect').slice(0, 2));
  expect(drawn(opened)).not.toMatch(/again/);
});
