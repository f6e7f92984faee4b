import { expect, test } from 'vitest';
import { textOf } from '../../screens/text/lines.ts';
import { finishedLines } from '../../screens/views/finished.ts';
import { Trouble } from '../../src/errors/trouble.ts';
import { defaultAnswers } from '../../src/steps/answers/default-answers.ts';
import { initial, transition } from '../../state/machine/machine.ts';
import { inItsName } from '../../state/session/in-its-name.ts';

const words = {
  what: 'A change waits; see "lockstep status".',
  likely: 'lockstep run was ended.',
  next: 'Take it back: lockstep undo --broker pi@rock',
  detail: 'lockstep undo',
};
const named = {
  what: 'A change waits; see "npx lockstep status".',
  likely: 'npx lockstep run was ended.',
  next: 'Take it back: npx lockstep undo --broker pi@rock',
  detail: 'lockstep undo', // somebody else's words
};

test('whatever is told names the program as its user can start it', () => {
  const told = (event: Parameters<typeof inItsName>[0]) => inItsName(event, 'npx lockstep');
  expect(told({ type: 'not-opened', trouble: words })).toMatchObject({ trouble: named });
  expect(told({ type: 'failed', step: 'harden', trouble: words })).toMatchObject({
    trouble: named,
  });
  expect(told({ type: 'noted', text: 'To repeat this: lockstep run --answers /a' })).toMatchObject({
    text: 'To repeat this: npx lockstep run --answers /a',
  });
  const { what, ...more } = words;
  const check = {
    status: 'blocked' as const,
    report: null,
    detail: '',
    trouble: new Trouble(what, { ...more, exitCode: 3 }),
  };
  const event = told({ type: 'checked', step: 'harden', check });
  expect(event).toMatchObject({
    check: {
      trouble: { message: named.what, likely: named.likely, next: named.next, exitCode: 3 },
    },
  });
});

test('the last screen does, too, whatever broker was chosen in between', () => {
  const answers = defaultAnswers();
  const start = initial(answers, 'npx lockstep');
  const chosen = transition(start, { type: 'choose', answers });
  const lines = finishedLines(transition(chosen, { type: 'welcome' }), 70).map(textOf);
  expect(lines).toContain('Put it back   npx lockstep undo');
});
