import { append, type Last, lastOf, type Recorded } from '../records.ts';
import type { Turn } from './turns.ts';

/** What came of one turn. */
export interface TurnResult extends Recorded {
  seed: number;
  number: number;
  turn: Turn;
  outcome: string;
  /** Why it failed; null: all held. */
  failed: string | null;
  /** Whether its fault has really happened. Nothing of it is known in older records, nor of what follows. */
  happened?: boolean;
  /** At how many moments before it could not. */
  moved?: number;
  /** The longest time without service, in milliseconds. */
  gap?: number | null;
  /** Where somebody edited; null: nobody did. */
  edited?: string | null;
}

/** Where the results are collected, outside the checkout. */
export const variable = 'LOCKSTEP_SOAK_RESULTS';

export const recordTurn = (result: TurnResult): void => append(process.env[variable], result);

/** Everything recorded of a seed; of one that was met twice, the last. */
export const turnResults = (folder: string, seed: number): Last<TurnResult>[] =>
  lastOf<TurnResult>(folder, (one) => `${one.seed} ${one.number}`)
    .filter((one) => one.seed === seed)
    .sort((one, other) => one.number - other.number);

/** Whether that turn of that number has held, and need not be met again. */
export function soaked(seed: number): (number: number, turn: Turn) => boolean {
  const folder = process.env[variable];
  const held = folder ? turnResults(folder, seed).filter(({ failed }) => failed === null) : [];
  // The same seed may have given others once.
  const met = new Set(held.map(({ number, turn }) => `${number} ${JSON.stringify(turn)}`));
  return (number, turn) => met.has(`${number} ${JSON.stringify(turn)}`);
}
