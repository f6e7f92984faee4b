import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What came of something that was met: of a row of the matrix, or of a turn of the soak. */
export interface Recorded {
  /** When it ended, in milliseconds since 1970. Records from before that was kept are older than any that has it. */
  at?: number;
  /** Why it failed; null (or nothing, in older records): all held. */
  failed?: string | null;
}

/** The last of several that met the same, and what came of it before. */
export type Last<T> = T & {
  /** How often it had failed before that. */
  failedBefore: number;
};

/** Adds one to a folder; each process writes to a file of its own. Nothing where no folder is named. */
export function append(folder: string | undefined, record: Recorded): void {
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const line = `${JSON.stringify({ at: Date.now(), ...record })}\n`;
  appendFileSync(join(folder, `${process.pid}.jsonl`), line);
}

/** Of each key the last by its time, with the number of times that it failed before. */
export function lastOf<T extends Recorded>(folder: string, key: (one: T) => string): Last<T>[] {
  if (!existsSync(folder)) return [];
  const all = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as T);
  const last = new Map<string, Last<T>>();
  for (const one of all.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))) {
    const before = last.get(key(one));
    const failedBefore = before ? before.failedBefore + (before.failed ? 1 : 0) : 0;
    last.set(key(one), { ...one, failedBefore });
  }
  return [...last.values()];
}

/** What the tables say of something that held only when it was met again; empty for what held at once. */
export const again = ({ failedBefore }: { failedBefore?: number }): string =>
  !failedBefore
    ? ''
    : ` (met again: failed ${failedBefore === 1 ? 'once' : `${failedBefore} times`} before)`;
