import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { systemCode } from '../../src/errors/disk-trouble.ts';
import { type Life, lifeOf } from './process-life.ts';

/** What is in the file of a lock: who holds it, and which process that is. */
export const lockSchema = z.object({
  /** Never used twice, so that a lock is never taken for another one at the same place. */
  nonce: z.uuid(),
  owner: z.object({
    user: z.string(),
    terminal: z.string(),
    pid: z.int().positive(),
    since: z.iso.datetime(),
  }),
  process: z.object({
    pid: z.int().positive(),
    machine: z.string(),
    boot: z.string(),
    namespace: z.string(),
    started: z.string(),
  }),
});

export type LockRecord = z.infer<typeof lockSchema>;

/** Who holds a site, for people: `terminal` as `tty` calls it or empty, `since` an ISO time. */
export type LockOwner = LockRecord['owner'];

/** A lock as it was found. */
export interface Seen {
  nonce: string;
  /** Null when the file is damaged (a power cut leaves empty ones). */
  owner: LockOwner | null;
  life: Life;
}

/**
 * Puts a lock in a place where there is none, complete from the first instant. False when there is
 * one already, whosever. Throws system errors.
 */
export function place(path: string, record: LockRecord): boolean {
  const text = `${JSON.stringify(record)}\n`;
  const temporary = `${path}.${record.nonce}`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true });
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    // File systems without hard links (FAT, some network drives).
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemCode(error))) throw error;
    return create(path, text);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The lock at a place, or null when there is none. */
export async function see(path: string): Promise<Seen | null> {
  // Damaged is what stays so: without hard links a new file is empty for an instant.
  for (let i = 0; i < 20; i++) {
    const seen = glance(path);
    if (seen?.owner !== null) return seen;
    await wait(25);
  }
  return glance(path);
}

/** As `see`, at once: what is being written just now looks damaged. */
export function glance(path: string): Seen | null {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return null;
  const read = lockSchema.safeParse(contents(path));
  if (!read.success)
    return { nonce: `damaged-${facts.ino}-${facts.mtimeMs}`, owner: null, life: 'ended' };
  const { nonce, owner, process } = read.data;
  return { nonce, owner, life: lifeOf(process) };
}

function contents(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}
