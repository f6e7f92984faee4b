import type { Answers } from '../../src/steps/answers/answers.ts';
import type { Question } from '../../src/steps/contract/question.ts';
import { hanging, say } from '../text/lines.ts';
import type { PlainInput } from './input.ts';
import type { PlainTalk } from './talk.ts';

/** Asks a step's questions one after the other. Null when the user gives up (end of input). */
export async function plainQuestions(
  questions: readonly Question[],
  answers: Answers,
  talk: PlainTalk,
  input: PlainInput,
): Promise<Answers | null> {
  talk.say('Enter alone keeps what is in brackets; a single "-" empties it.');
  let all = answers;
  for (const question of questions) {
    const value = await one(question, question.get(all), talk, input);
    if (value === null) return null;
    all = question.set(all, value);
  }
  return all;
}

async function one(
  question: Question,
  present: string,
  talk: PlainTalk,
  input: PlainInput,
): Promise<string | null> {
  const { choices = [] } = question;
  talk.say(question.help);
  for (const [index, choice] of choices.entries())
    talk.lines(hanging(say(`  ${index + 1}  `), `${choice.label}: ${choice.why}`, talk.width));
  for (;;) {
    const line = await talk.ask(`${question.label} [${present}]: `, input);
    if (line === null) return null;
    const typed = line.trim();
    const value = typed === '' ? present : typed === '-' ? '' : chosen(choices, typed);
    const wrong = question.check(value);
    if (wrong === undefined) return value;
    talk.say(wrong);
  }
}

/** A choice by its number or its value; any other text as it is. */
const chosen = (choices: NonNullable<Question['choices']>, typed: string): string =>
  choices[Number(typed) - 1]?.value ?? typed;
