import stringWidth from 'string-width';
import type { Answers } from '../../src/steps/answers/answers.ts';
import type { Question } from '../../src/steps/contract/question.ts';
import { hanging, type Line, pad, take } from '../text/lines.ts';

/** The answers as they stand, one a line; a choice by its label. Empty ones are left out. */
export function answerLines(
  questions: readonly Question[],
  answers: Answers,
  width: number,
): Line[] {
  const given = questions
    .map((question) => ({
      label: shortLabel(question.label),
      value: answerWords(question, question.get(answers)),
    }))
    .filter(({ value }) => value !== '');
  const column = Math.max(0, ...given.map(({ label }) => stringWidth(label))) + 2;
  return given.flatMap(({ label, value }) =>
    hanging([{ text: pad(label, column), tone: 'quiet' }], value, width),
  );
}

const longest = 26;

/** A label that fits a column: without what it adds in parentheses, or else cut between words. */
export function shortLabel(label: string): string {
  if (stringWidth(label) <= longest) return label;
  const bare = label.replace(/\s*\(.*\)$/, '');
  return stringWidth(bare) <= longest ? bare : `${take(bare, longest).replace(/\s+\S*$/, '')} …`;
}

/** A choice by its label. */
export const answerWords = ({ choices, words }: Question, value: string): string =>
  choices?.find((choice) => choice.value === value)?.label ?? words?.(value) ?? value;
