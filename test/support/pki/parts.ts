import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished, vi } from 'vitest';
import { type Authority, openAuthority } from '../../../src/pki/authority/authority.ts';
import { createAuthority } from '../../../src/pki/authority/create-authority.ts';
import { now, wanted } from './work.ts';

const run = promisify(execFile);

vi.setConfig({ testTimeout: 30_000 }); // on a busy machine

/** In CI nothing may be left out: what is missing then fails its tests instead of skipping them. */
const everything = process.env.LOCKSTEP_TEST_ALL === '1';

const has = async (program: string, ...args: string[]) =>
  run(program, args).then(
    () => true,
    () => false,
  );

export const withoutOpenssl = !everything && !(await has('openssl', 'version'));
export const isRoot = process.getuid?.() === 0;

/** Runs openssl; both its outputs as one text. Rejects when it fails. */
export async function openssl(...args: string[]): Promise<string> {
  const { stdout, stderr } = await run('openssl', args);
  return stdout + stderr;
}

/** A folder of its own, gone when the test is over. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-pki-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An authority in a new folder, opened. */
export async function newAuthority(days = 3650, at = now): Promise<Authority> {
  const folder = join(newFolder(), 'authority');
  await createAuthority(folder, { ...wanted, days }, at);
  return openAuthority(folder, at);
}

/** A key file in which one bit of a number is another. */
export function damagedKey(pem: string, number: Buffer, at: number): string {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const from = der.indexOf(number);
  if (from <= 0) throw new Error('the number is not in this file');
  der[from + at] = (der[from + at] ?? 0) ^ 1;
  const body = der.toString('base64').replace(/.{64}/g, '$&\n');
  const [begin = '', end = ''] = pem.match(/-----[^-]+-----/g) ?? [];
  return `${begin}\n${body}\n${end}\n`;
}
