import type { Armed } from './armed.ts';
import type { Evidence } from './evidence.ts';
import type { Change } from './plan.ts';

/** What a step tells as it goes. */
export type StepNews =
  | { kind: 'change'; change: Change }
  /** What is being done now, one line. */
  | { kind: 'progress'; text: string }
  /** The broker's host puts the change back by itself; null: not any more. */
  | { kind: 'armed'; armed: Armed | null };

export type StepEvent =
  | StepNews
  /** It is proved already, and needs not be once more: a change that had to prove itself to stay. */
  | { kind: 'proved'; evidence: Evidence[] };
