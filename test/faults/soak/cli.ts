// `npm run soak`: 500 set-ups with a fault each, and the table of what came of them. `npm run soak -- COUNT SEED` meets
// others. It takes hours; to meet it in parts, name a folder in LOCKSTEP_SOAK_RESULTS that keeps what came of each, and
// give the same seed. The table is written when all of 500 or more were met.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { turnResults, variable } from './results.ts';
import { soakTable } from './table.ts';

const [count = 500, seed = Math.floor(Math.random() * 2 ** 31)] = process.argv.slice(2).map(Number);
const folder = process.env[variable] ?? mkdtempSync(join(tmpdir(), 'lockstep-soak-'));
const env = {
  ...process.env,
  [variable]: folder,
  LOCKSTEP_SOAK: String(count),
  LOCKSTEP_SOAK_SEED: String(seed),
  LOCKSTEP_TEST_ALL: '1',
};
console.log(`seed ${seed}, ${count} turns`);
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts'];
const argv = [...vitest, '--retry=0', '--maxConcurrency=3', 'test/faults/soak'];
const { status } = spawnSync(process.execPath, argv, { env, stdio: 'inherit' });

const found = turnResults(folder, seed);
const table = soakTable(seed, found);
if (found.length >= 500 && found.length === count)
  writeFileSync(fileURLToPath(new URL('./RESULTS.md', import.meta.url)), table);
else console.log(table);
if (!process.env[variable]) rmSync(folder, { recursive: true });
process.exitCode = status === 0 && found.length === count ? 0 : 1;
