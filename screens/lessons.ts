import { steps } from '../src/steps/index.ts';
import type { Step, StepId } from '../src/steps/step.ts';

/** What the screens say of a step before anything is known about this broker. */
export type Lesson = Pick<Step, 'id' | 'title' | 'why' | 'differs' | 'observes'>;

export const lessons = Object.fromEntries(
  steps.map((step) => [step.id, step]),
) as unknown as Record<StepId, Lesson>;
