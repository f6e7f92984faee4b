import { loosened } from './loosened.ts';
import { openUnnamed } from './open.ts';
import type { Open, Told } from './plan.ts';
import type { Table } from './table.ts';
import { unannounced } from './unannounced.ts';
import { type Noted, unseen } from './unseen.ts';
import { untrue } from './untrue.ts';

/** One run: who got in before it and after it, and what its plan and its end said. */
export interface Outcome {
  before: Table;
  after: Table;
  told: readonly Told[];
  open: readonly Open[];
  /** What the plan says of those who were seen. */
  noted?: Noted;
  /** The port that holders of the new certificates come by. */
  tlsPort: number;
}

/** Every breach of an invariant, a sentence each; nothing where all hold. */
export const breaches = (outcome: Outcome): string[] => [
  ...loosened(outcome),
  ...unannounced(outcome),
  ...untrue(outcome),
  ...openUnnamed(outcome),
  ...unseen(outcome),
];
