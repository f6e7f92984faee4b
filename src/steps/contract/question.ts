import type { Answers } from '../answers/answers.ts';

/** One answer the user may give; the same object serves the screens and the answers file. */
export interface Question {
  /** The path in the answers file, for example `authority.days`. */
  id: string;
  label: string;
  help: string;
  kind: 'text' | 'choice' | 'list';
  choices?: readonly { value: string; label: string; why: string }[];
  /** As text; lists are separated by commas. */
  get(answers: Answers): string;
  set(answers: Answers, value: string): Answers;
  /** A value as it is shown, where that says more than its text. */
  words?(value: string): string;
  /** Why a value is refused, or undefined when it is good. */
  check(value: string): string | undefined;
}
