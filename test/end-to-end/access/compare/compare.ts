import { loosened } from './loosened.ts';
import { openUnnamed } from './open.ts';
import type { Outcome } from './outcome.ts';
import { unannounced } from './unannounced.ts';
import { unseen } from './unseen.ts';
import { untrue } from './untrue.ts';

/** Every breach of an invariant, a sentence each; nothing where all hold. */
export const breaches = (outcome: Outcome): string[] => [
  ...loosened(outcome),
  ...unannounced(outcome),
  ...untrue(outcome),
  ...openUnnamed(outcome),
  ...unseen(outcome),
];
