import { expect, test } from 'vitest';
import { withWholePaths } from '../../src/steps/answers/answer-paths.ts';
import { type Answers, answersSchema } from '../../src/steps/answers/answers.ts';
import { defaultAnswers } from '../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../src/steps/contract/setup.ts';
import type { Step } from '../../src/steps/contract/step.ts';
import { belongings } from '../../state/session/belongings.ts';
import { guidedSession } from '../../state/session/session.ts';
import type { OpenHooks } from '../../state/session/session-parts.ts';

const from = { folder: '/work/here', home: '/home/ann' };

test('what is typed on the first screen is whole before anything is opened with it', async () => {
  const opened = Promise.withResolvers<Answers>();
  const session = guidedSession({
    steps: [],
    answers: defaultAnswers(),
    openAtOnce: false,
    sites: () => [],
    whole: (answers) => withWholePaths(answers, from),
    open: (answers: Answers, { signal }: OpenHooks) => {
      opened.resolve(answers);
      return new Promise((_, reject) => signal()?.addEventListener('abort', reject));
    },
  });
  const typed = { ...defaultAnswers('pi@rock'), identity: '~/.ssh/rock' };
  session.send({ type: 'choose', answers: typed });
  expect((await opened.promise).identity).toBe('/home/ann/.ssh/rock');
  expect(session.state().answers).toEqual({ ...typed, identity: '/home/ann/.ssh/rock' });
  await session.close();
});

test.each([
  ['~/a b', "cd ~/'a b'"],
  ['~/x', 'cd ~/x'],
  ['~', 'cd ~'],
  ['/srv/x y', "cd '/srv/x y'"],
  [undefined, 'cd ~/a'],
])('on its machine the folder %j of a client is entered by "%s"', (folder, typed) => {
  const answers = answersSchema.parse({ clients: [{ name: 'a', host: 'pi@a', folder }] });
  const setup = { answers, folders: { authority: '/a', clients: '/c' } } as unknown as Setup;
  const verify = { byHand: () => [] } as unknown as Step;
  expect(belongings(setup, verify).connect).toEqual([typed]);
});
