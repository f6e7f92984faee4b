import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Turn } from './turns.ts';

/** What came of one turn. */
export interface TurnResult {
  seed: number;
  number: number;
  turn: Turn;
  outcome: string;
  /** Why it failed; null: all held. */
  failed: string | null;
}

/** Where the results are collected, outside the checkout. */
export const variable = 'LOCKSTEP_SOAK_RESULTS';

export function recordTurn(result: TurnResult): void {
  const folder = process.env[variable];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(result)}\n`);
}

/** Everything recorded of a seed; of one that was met twice, the last. */
export function turnResults(folder: string, seed: number): TurnResult[] {
  if (!existsSync(folder)) return [];
  const last = new Map<number, TurnResult>();
  for (const name of readdirSync(folder).sort())
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean)) {
      const result: TurnResult = JSON.parse(line);
      if (result.seed === seed) last.set(result.number, result);
    }
  return [...last.values()].sort((one, other) => one.number - other.number);
}

/** The numbers of the turns that need not be met again. */
export function soaked(seed: number): Set<number> {
  const folder = process.env[variable];
  const held = folder ? turnResults(folder, seed).filter(({ failed }) => failed === null) : [];
  return new Set(held.map(({ number }) => number));
}
