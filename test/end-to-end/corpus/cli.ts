// `npm run corpus`: every configuration with every choice, on two hosts of each release side by side, and the
// table of what came of them. Words after it go to vitest. It takes hours; to meet it in parts, name a folder in
// LOCKSTEP_CORPUS_RESULTS that keeps what was met, which is not met again. The table is written when nothing
// is left.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { metBefore, variable } from '../access/met.ts';
import { table } from './table.ts';

const folder = process.env[variable] ?? mkdtempSync(join(tmpdir(), 'lockstep-corpus-'));
const env = { ...process.env, [variable]: folder, LOCKSTEP_TEST_FULL: '1', LOCKSTEP_TEST_ALL: '1' };
const files = ['access', 'generated', 'corpus'].map(
  (name) => `test/end-to-end/${name}.hosts.test.ts`,
);
const words = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  [
    ...['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts'],
    // Each by name as soon as it is met, so that a failure is seen before the end.
    ...['--maxWorkers=1', '--maxConcurrency=6', '--reporter=verbose', ...files, ...words],
  ],
  { env, stdio: 'inherit' },
);
const text = table(metBefore(folder));
if (words.length === 0 && status === 0)
  writeFileSync(fileURLToPath(new URL('./RESULTS.md', import.meta.url)), text);
else console.log(text);
if (!process.env[variable]) rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
