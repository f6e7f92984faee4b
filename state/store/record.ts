import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { diskFull, diskTrouble, systemCode } from '../../src/errors/disk-trouble.ts';
import { Trouble } from '../../src/errors/trouble.ts';
import { clean } from '../../src/text/clean.ts';
import type { Decoded } from '../site/site.ts';

/** One small JSON file that must not be lost: where it is and how its bytes are understood. */
export interface RecordFile<T> {
  path: string;
  /** For people: what is in it. */
  what: string;
  decode(bytes: Uint8Array): Decoded<T>;
  /** Whether other programs may write it at any time; a site has a lock instead. */
  shared: boolean;
}

/** How a record looks on disk, to the byte. */
export const encode = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The older generation of a record. */
export const previousOf = (path: string): string => `${path}.previous`;

/** More is not ours: 10,000 clients with long folders are a tenth of it. */
const limit = 32 * 1024 * 1024;

/**
 * What a record holds, or null when there is none. A file that cannot be understood is set aside
 * (kept, under another name) and the older generation taken; `note` is told in both cases. Throws a
 * Trouble, and leaves everything as it is, when a newer Lockstep wrote it or it may not be read.
 */
export function readRecord<T>(record: RecordFile<T>, note: (text: string) => void): T | null {
  const now = look(record, record.path);
  if (now?.kind === 'good') return now.value;
  const before = look(record, previousOf(record.path));
  const rescued = before?.kind === 'good' ? before.value : null;
  const outcome = rescued ? 'the state before it is used' : 'it is started anew';
  for (const [path, read] of [
    [record.path, now],
    [previousOf(record.path), before],
  ] as const) {
    if (read?.kind !== 'bad') continue;
    const kept = setAside(record, path);
    note(
      `${record.what} could not be read (${read.why}); ${outcome}. The file is kept as ${kept}.`,
    );
  }
  return rescued;
}

/**
 * Writes a record through `store` (conf), which alone would lose it: on a full disk it renames a
 * cut-off file over the good one without an error (atomically pull request 18). So the good one is
 * copied first, completely and flushed; what was written is read back; and when it is not what it
 * should be, the copy takes its place again, which needs no room. Whatever instant it is killed at,
 * one of the two files is whole. Throws a Trouble; then the older state is the one that counts.
 */
export function writeRecord<T>(record: RecordFile<T>, value: T, store: (value: T) => void): void {
  const { path } = record;
  const wanted = Buffer.from(encode(value));
  try {
    keepPrevious(record);
    store(value);
    const written = bytesOf(path);
    if (!written?.equals(wanted)) recover(record, written);
    flushFolder(dirname(path));
  } catch (error) {
    throw diskTrouble(error, path);
  }
}

/** Removes a record, the older generation first: half removed it is still the newest state. */
export function removeRecord(path: string): void {
  try {
    rmSync(previousOf(path), { force: true });
    rmSync(path, { force: true });
    flushFolder(dirname(path));
  } catch (error) {
    throw diskTrouble(error, path);
  }
}

function keepPrevious<T>(record: RecordFile<T>): void {
  const { path } = record;
  const now = look(record, path);
  if (now?.kind === 'bad') setAside(record, path);
  if (now?.kind !== 'good') {
    // Nothing to keep, but a newer version's file would be in the way here too.
    look(record, previousOf(path));
    return;
  }
  const bytes = bytesOf(path);
  if (bytes === null) return;
  // A name as conf's own temporary files have, so that a left-over is tidied with theirs.
  const random = Math.floor(Math.random() * 0xffffff);
  const temporary = `${previousOf(path)}.tmp-${String(Date.now()).slice(-10)}${random.toString(16).padStart(6, '0')}`;
  try {
    // Unlike a single write(2), this either writes everything or throws.
    writeFileSync(temporary, bytes, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(temporary, previousOf(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function recover<T>(record: RecordFile<T>, written: Buffer | null): void {
  const { path } = record;
  if (written && record.decode(written).kind !== 'bad') {
    // Whole, but not ours: another program was later. For a shared record the last one wins.
    if (record.shared) return;
    throw new Trouble(`${record.what} was written by another program at the same time.`, {
      likely: 'A second Lockstep works on the same site.',
      next: 'Leave the other one, then start again.',
      exitCode: 3,
    });
  }
  const good = look(record, previousOf(path))?.kind === 'good';
  if (good) renameSync(previousOf(path), path);
  else rmSync(path, { force: true });
  throw diskFull(path);
}

function look<T>(record: RecordFile<T>, path: string): Decoded<T> | null {
  const bytes = bytesOf(path);
  if (bytes === null) return null;
  const decoded = record.decode(bytes);
  if (decoded.kind === 'newer')
    throw new Trouble(`${record.what} was written by a newer version of Lockstep.`, {
      likely: 'A newer Lockstep was used here before. Nothing has been changed.',
      next: 'Use that version, or set LOCKSTEP_HOME to another folder to start anew.',
      detail: clean(path),
    });
  return decoded;
}

function bytesOf(path: string): Buffer | null {
  try {
    const facts = statSync(path, { throwIfNoEntry: false });
    if (facts === undefined) return null;
    // A pipe would wait for ever, a giant would fill the memory.
    if (!facts.isFile() || facts.size > limit) return Buffer.of();
    return readFileSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw diskTrouble(error, path);
  }
}

/** Renames a file that cannot be understood. Returns the name it has then. */
function setAside<T>(record: RecordFile<T>, path: string): string {
  const named = `${record.path}.unreadable-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`;
  let aside = named;
  for (let n = 2; existsSync(aside); n++) aside = `${named}-${n}`;
  try {
    renameSync(path, aside);
    // A program that holds the site may have mended the file in this very moment: put that back.
    const bytes = bytesOf(aside);
    if (bytes && record.decode(bytes).kind !== 'bad') linkSync(aside, path);
    return clean(basename(aside));
  } catch {
    // On a read-only disk it stays where it is.
    return clean(basename(path));
  }
}

/** Makes a rename last through a power cut; conf does not. */
function flushFolder(folder: string): void {
  // Windows cannot open folders and does not need it.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
