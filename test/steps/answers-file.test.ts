import { expect, test } from 'vitest';
import { answersSchema, defaultAnswers } from '../../src/steps/answers.ts';
import { formatAnswers, parseAnswers } from '../../src/steps/answers-file.ts';

test('what is printed names every field there is, and is read back the same', () => {
  const answers = defaultAnswers('pi@broker');
  const text = formatAnswers(answers);
  for (const field of Object.keys(answersSchema.shape))
    expect(text).toMatch(new RegExp(`^(# +)?${field}:`, 'm'));
  expect(text).toContain('authority: {folder: FOLDER}');
  expect(text).toContain('clients: [{folder: FOLDER}]');
  expect(parseAnswers(text, 'answers.yaml')).toEqual(answers);
  const chosen = { ...answers, identity: '/k', names: ['b'] };
  expect(formatAnswers(chosen)).not.toMatch(/# +(identity|names):/);
});
