import type { Answers } from './answers.ts';
import { defaults } from './defaults.ts';

/** The answers that Enter on every screen gives, for that broker: a copy of its own each time. */
export const defaultAnswers = (broker: string = defaults.broker): Answers =>
  structuredClone({ ...defaults, broker }) as unknown as Answers;
