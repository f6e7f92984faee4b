import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspectAuthority, openAuthority } from '../../src/pki/authority/authority.ts';
import { createAuthority } from '../../src/pki/authority/create-authority.ts';
import { issueCertificates } from '../../src/pki/issue/issue.ts';
import { readRegister } from '../../src/pki/register/register.ts';
import { newAuthority, newFolder } from '../support/pki/parts.ts';
import { broker, client, now, wanted } from '../support/pki/work.ts';

// In one file, so that each of its hundred starts is quick.
const place = mkdtempSync(join(tmpdir(), 'lockstep-killed-'));
const program = join(place, 'killed-child.mjs');
beforeAll(async () => {
  const source = fileURLToPath(new URL('../support/pki/killed-child.ts', import.meta.url));
  const js = "import { createRequire } from 'node:module'; const require = createRequire('/');";
  await build({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js },
  });
});
afterAll(() => rmSync(place, { recursive: true }));

/** How it ended, and what it printed. */
function child(work: string, folder: string, dieAt: number) {
  return new Promise<{ signal: string | null; said: string }>((resolve) => {
    const args = [program, work, folder, String(dieAt)];
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ signal: error?.signal ?? null, said: stdout || stderr });
    });
  });
}

/** Does the work once whole, then dies at every change in turn, two at a time. */
async function atEveryChange(
  work: string,
  prepare: () => Promise<string>,
  afterwards: (folder: string) => Promise<void>,
): Promise<void> {
  const whole = await child(work, await prepare(), 0);
  const { changes, exposed } = JSON.parse(whole.said) as { changes: number; exposed: string[] };
  expect(exposed).toEqual([]);
  expect(changes).toBeGreaterThan(10);
  const points = Array.from({ length: changes }, (_, at) => at + 1).values();
  const lane = async () => {
    for (const point of points) {
      const folder = await prepare();
      expect(await child(work, folder, point)).toEqual({ signal: 'SIGKILL', said: '' });
      await afterwards(folder);
    }
  };
  await Promise.all([lane(), lane()]);
}

const newPath = async () => join(newFolder(), 'authority');
const text = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
const holderFiles = (name: string) => [`${name}.crt`, `${name}.csr`, `${name}.key`];
const rootFiles = ['register.jsonl', 'root_ca.crt', 'root_ca.key'];

test('a creation killed at any change is completed by the next', { timeout: 240_000 }, async () => {
  const seen = new Set<string>();
  await atEveryChange('create', newPath, async (folder) => {
    const { state } = await inspectAuthority(folder, now);
    seen.add(state);
    expect(['absent', 'unfinished', 'sound']).toContain(state);
    const key = join(folder, 'root_ca.key');
    const before = existsSync(key) ? readFileSync(key, 'utf8') : null;
    await createAuthority(folder, wanted, now);
    const opened = await openAuthority(folder, now);
    if (before !== null) expect(readFileSync(key, 'utf8')).toBe(before);
    expect(readdirSync(folder).sort()).toEqual(rootFiles);
    const { entries, unreadable } = await readRegister(folder);
    expect([...entries.keys()]).toEqual([opened.certificate.facts.serial]);
    expect(unreadable.length).toBeLessThanOrEqual(1);
  });
  expect([...seen].sort()).toEqual(['absent', 'sound', 'unfinished']);
});

test('an issue killed at any change is completed by the next', { timeout: 240_000 }, async () => {
  const prepare = async () => (await newAuthority()).folder;
  await atEveryChange('issue', prepare, async (folder) => {
    const authority = await openAuthority(folder, now);
    const people = [broker('10.0.0.1'), client('client01')];
    const { issued } = await issueCertificates(authority, people, now);
    for (const { facts, name } of issued) {
      const { entries } = await readRegister(folder);
      expect(entries.get(facts.serial)).toMatchObject({ name, supersededBy: null });
    }
    const again = await issueCertificates(authority, people, now);
    expect(again.issued.map(({ action }) => action)).toEqual(['kept', 'kept']);
    expect(readdirSync(folder).sort()).toEqual(
      [...holderFiles('client01'), ...rootFiles, ...holderFiles('rock-4se')].sort(),
    );
  });
});

test('a reissue killed at any change loses no certificate', { timeout: 240_000 }, async () => {
  const prepare = async () => {
    const authority = await newAuthority();
    await issueCertificates(authority, [broker('10.0.0.1')], now);
    return authority.folder;
  };
  await atEveryChange('reissue', prepare, async (folder) => {
    // At every instant there is a certificate, and it belongs to its key.
    const authority = await openAuthority(folder, now);
    const key = text(folder, 'rock-4se.key');
    expect(text(folder, 'rock-4se.crt')).toMatch(/^-----BEGIN CERTIFICATE-----[^-]+-----END/);
    const { issued } = await issueCertificates(authority, [broker('10.0.0.2')], now);
    expect(issued[0]?.facts.names.map(({ value }) => value)).toEqual(['rock-4se', '10.0.0.2']);
    expect(text(folder, 'rock-4se.key')).toBe(key);
    const { entries } = await readRegister(folder);
    const brokers = [...entries.values()].filter(({ kind }) => kind === 'broker');
    const kept = readdirSync(join(folder, 'superseded'));
    expect(kept).toEqual([`rock-4se-${brokers[0]?.serial}.crt`]);
    const current = issued[0]?.facts.serial;
    expect(brokers.map(({ supersededBy }) => supersededBy)).toEqual([current, null]);
  });
});
