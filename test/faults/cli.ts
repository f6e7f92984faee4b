// `npm run faults`: the whole matrix on every suite, and the table of what came of it. Words after it
// go to vitest. It takes hours; to meet it in parts, name a folder in LOCKSTEP_FAULT_RESULTS that keeps what
// came of each. The table is written when the whole was asked for, or when no part is left.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { results, variable } from './results.ts';
import { missing, table } from './table.ts';

const words = process.argv.slice(2);
const folder = process.env[variable] ?? mkdtempSync(join(tmpdir(), 'lockstep-faults-'));
const env = { ...process.env, [variable]: folder, LOCKSTEP_TEST_FULL: '1', LOCKSTEP_TEST_ALL: '1' };
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts'];
const argv = [...vitest, ...(words.length > 0 ? words : ['test/faults'])];
const { status } = spawnSync(process.execPath, argv, { env, stdio: 'inherit' });

const found = results(folder);
const left = missing(found, true);
if (words.length === 0 || left.length === 0)
  writeFileSync(fileURLToPath(new URL('./RESULTS.md', import.meta.url)), table(found));
else console.log(table(found));
for (const name of left) console.log(`MISSING: ${name}`);
if (!process.env[variable]) rmSync(folder, { recursive: true });
process.exitCode = status === 0 && left.length === 0 ? 0 : 1;
