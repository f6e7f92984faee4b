import type { Answers } from '../answers/answers.ts';

export type Choice = Answers['plainListener'];

/** What a choice for the plain port would do here; worked out, so that what is said of it is what happens. */
export interface ChoiceEffect {
  /** Who gets in by the plain port then, from wherever it is reached. */
  everybody: boolean;
  names: boolean;
  /** Other ports at which everybody gets in now: still, or no longer. */
  stay: number[];
  closed: number[];
  /** The address by which programs on the broker's own machine reach it then, where others do not. */
  here: string | undefined;
  /** It is what the configuration says already. */
  isSo: boolean;
}

/** Each choice; one that cannot be had here is left out. */
export type PlainChoices = Partial<Record<Choice, ChoiceEffect>>;
