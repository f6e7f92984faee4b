// `npm run corpus`: every configuration with every choice, on two hosts of each release side by side, and the
// table of what came of them. Words after it go to vitest. It takes hours, and can be ended and begun again: what was
// met is kept in the folder `met` beside this (or the one that LOCKSTEP_CORPUS_RESULTS names), and is not met again.
// The table is written when nothing is left, and that folder goes. After a change of the program remove it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { metBefore, variable } from '../access/met.ts';
import { table } from './table.ts';

const folder = process.env[variable] ?? fileURLToPath(new URL('./met', import.meta.url));
const compiled = mkdtempSync(join(tmpdir(), 'lockstep-corpus-'));
const env = {
  ...process.env,
  [variable]: folder,
  ...{ LOCKSTEP_TEST_FULL: '1', LOCKSTEP_TEST_ALL: '1', NODE_COMPILE_CACHE: compiled },
};
const files = ['access', 'generated', 'corpus'].map(
  (name) => `test/end-to-end/unattended/${name}.hosts.test.ts`,
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
if (words.length === 0 && status === 0) {
  writeFileSync(fileURLToPath(new URL('./RESULTS.md', import.meta.url)), text);
  if (!process.env[variable]) rmSync(folder, { recursive: true });
} else console.log(text);
rmSync(compiled, { recursive: true });
process.exitCode = status ?? 1;
