import { keyTypes } from '../../pki/keys/key.ts';
import type { Answers } from '../answers/answers.ts';
import type { Question } from '../contract/question.ts';

type Path = readonly string[];

function get(answers: Answers, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], answers);
}

function set(answers: Answers, path: Path, value: unknown): Answers {
  const change = (object: Record<string, unknown>, [key = '', ...rest]: Path): object => ({
    ...object,
    [key]: rest.length === 0 ? value : change((object[key] ?? {}) as Record<string, unknown>, rest),
  });
  return change(answers, path) as Answers;
}

interface Text {
  id: string;
  label: string;
  help: string;
  check?: (value: string) => string | null | undefined;
  /** Shown where nothing has been answered yet. */
  offer?: string;
}

/** A question whose answer is one line of text. */
export function textQuestion({ id, label, help, check, offer }: Text): Question {
  const path = id.split('.');
  return {
    id,
    label,
    help,
    kind: 'text',
    get: (answers) => String(get(answers, path) ?? offer ?? ''),
    set: (answers, value) => set(answers, path, value.trim() === '' ? undefined : value.trim()),
    check: (value) => check?.(value.trim()) ?? undefined,
  };
}

/** A question whose answer is a whole number within bounds. */
export function numberQuestion(
  question: Omit<Text, 'check'> & { from: number; to: number; unit: string },
): Question {
  const path = question.id.split('.');
  return {
    ...textQuestion(question),
    set: (answers, value) => set(answers, path, Number(value)),
    check: (value) => {
      const number = Number(value.trim());
      return Number.isInteger(number) && number >= question.from && number <= question.to
        ? undefined
        : `A whole number of ${question.unit} from ${question.from} to ${question.to}.`;
    },
  };
}

/** A question with a fixed set of answers, each with a line on what it means. */
export function choiceQuestion(
  question: Text & { choices: readonly { value: string; label: string; why: string }[] },
): Question {
  const path = question.id.split('.');
  return {
    ...textQuestion(question),
    kind: 'choice',
    choices: question.choices,
    set: (answers, value) => set(answers, path, value),
    check: (value) =>
      question.choices.some((choice) => choice.value === value)
        ? undefined
        : 'Choose one of these.',
  };
}

/** Splits what was typed into a list field: commas or blanks between the items. */
export const listItems = (value: string): string[] => value.split(/[\s,]+/).filter(Boolean);

/** The kinds of key, as choices. */
export const keyChoices = keyTypes.map(({ id, title, line }) => ({
  value: id,
  label: title,
  why: line,
}));
