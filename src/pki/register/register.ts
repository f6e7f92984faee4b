import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { diskTrouble, readText, syncFolder } from '../../this-machine/files.ts';
import { keyMode, registerName } from '../folder/layout.ts';
import type { HolderKind } from '../x509/certificate.ts';
import type { Certificate } from '../x509/read-certificate.ts';
import type { RegisterFact } from './fact.ts';
import { readFact } from './register-line.ts';

/** One certificate, with all that the register knows of it. Texts are cleaned. */
export interface RegisterEntry {
  serial: string;
  name: string;
  kind: HolderKind | 'authority';
  notBefore: Date;
  notAfter: Date;
  fingerprint: string;
  issuedAt: Date;
  supersededBy: string | null;
  deliveries: { to: string; at: Date }[];
}

export interface Register {
  /** In the order of issue, by serial. */
  entries: Map<string, RegisterEntry>;
  /** There is a file. */
  exists: boolean;
  /** Lines that could not be read, counted from 1; an interrupted write leaves one. */
  unreadable: number[];
}

// Some 300 bytes a certificate: room for half a million.
const largest = 256 * 1024 * 1024;

/** Reads the register of an authority's folder; lines it cannot read are skipped and told. */
export async function readRegister(folder: string): Promise<Register> {
  const text = await readText(join(folder, registerName), largest);
  const register: Register = { entries: new Map(), exists: text !== null, unreadable: [] };
  const replaced = new Map<string, string>();
  for (const [index, line] of (text ?? '').split('\n').entries()) {
    if (line === '') continue;
    if (index % 1000 === 999) await breathe(); // a long register must not hold up the screen
    const fact = readFact(line);
    if (!fact) register.unreadable.push(index + 1);
    else record(register.entries, fact);
    if (fact?.event === 'issued') for (const old of fact.replaces) replaced.set(old, fact.serial);
  }
  // Afterwards: a line that was brought back stands after the one that replaces it.
  for (const [old, by] of replaced) {
    const entry = register.entries.get(old);
    if (entry) entry.supersededBy = by;
  }
  return register;
}

function record(entries: Map<string, RegisterEntry>, fact: RegisterFact): void {
  const known = entries.get(fact.serial);
  if (fact.event === 'issued') {
    if (known) return;
    const { serial, name, kind, fingerprint } = fact;
    const [notBefore, notAfter] = [new Date(fact.notBefore), new Date(fact.notAfter)];
    const issuedAt = new Date(fact.at);
    const state = { issuedAt, supersededBy: null, deliveries: [] };
    entries.set(serial, { serial, name, kind, fingerprint, notBefore, notAfter, ...state });
  } else if (known) {
    known.deliveries.push({ to: fact.to, at: new Date(fact.at) });
  }
}

/** The line that says that a certificate was issued, and in place of which. */
export function issuedFact(
  certificate: Certificate,
  kind: RegisterEntry['kind'],
  now: Date,
  replaces: string[] = [],
): RegisterFact {
  const { serial, subject, commonName, notBefore, notAfter, fingerprint } = certificate.facts;
  return {
    event: 'issued',
    at: now.toISOString(),
    serial,
    name: commonName ?? subject,
    kind,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    fingerprint,
    replaces,
  };
}

/**
 * Appends facts and waits until they are on the disk. A line left torn by an interruption is ended
 * first, so that it spoils nothing. Throws a HostError when the disk is full or read-only; what was
 * written of these facts is then taken back.
 */
export async function appendToRegister(
  folder: string,
  facts: readonly RegisterFact[],
): Promise<void> {
  if (facts.length === 0) return;
  const path = join(folder, registerName);
  try {
    const file = await open(path, 'a+', keyMode);
    try {
      const isNew = (await file.stat()).size === 0;
      await appendLines(file, facts);
      if (isNew) await syncFolder(folder);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw diskTrouble(error, 'write', path);
  }
}

async function appendLines(file: FileHandle, facts: readonly RegisterFact[]): Promise<void> {
  const { size } = await file.stat();
  const last = Buffer.alloc(1);
  if (size > 0) await file.read(last, 0, 1, size - 1);
  const torn = size > 0 && last.toString() !== '\n';
  const lines = facts.map((fact) => `${JSON.stringify(fact)}\n`).join('');
  try {
    await file.appendFile(torn ? `\n${lines}` : lines);
    await file.datasync();
  } catch (error) {
    await file.truncate(size).catch(() => {});
    throw error;
  }
}

/** Notes where certificates have been brought, as `to`. */
export async function recordDelivery(
  folder: string,
  serials: readonly string[],
  to: string,
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  await appendToRegister(
    folder,
    serials.map((serial) => ({ event: 'delivered', at, serial, to })),
  );
}
