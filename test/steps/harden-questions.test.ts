import { expect, test } from 'vitest';
import { defaultAnswers } from '../../src/steps/answers.ts';
import { hardenQuestions } from '../../src/steps/harden-questions.ts';
import type { Setup } from '../../src/steps/setup.ts';

const asked = (unknownPlugins?: string[]) => {
  const seen = unknownPlugins ? { unknownPlugins } : {};
  return hardenQuestions({ answers: defaultAnswers(), seen } as Setup).find(
    ({ id }) => id === 'tryPlugins',
  );
};

test('whether a plugin may be loaded twice is asked only where one is not known', () => {
  expect(asked()).toBeUndefined();
  expect(asked([])).toBeUndefined();
  const question = asked(['/opt/mi\u001b[31mne.so']);
  expect(question?.help).toContain('ne.so');
  expect(question?.help).not.toContain('\u001b');
  const answers = defaultAnswers();
  expect(question?.get(answers)).toBe('no');
  const yes = question?.set(answers, 'yes') ?? answers;
  expect([yes.tryPlugins, question?.get(yes)]).toEqual([true, 'yes']);
  expect(question?.set(yes, 'no')).toEqual(answers);
  expect(question?.check('perhaps')).toBeDefined();
});
