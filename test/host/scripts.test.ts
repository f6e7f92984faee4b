import { spawnSync } from 'node:child_process';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostScript } from '../../src/host-scripts/script.ts';
import { temporaryFolder } from '../support/ssh/sshd.ts';

/** Runs the script that writes `target` by way of `temporary`, with this input. */
async function write(
  input: string,
  announced: number,
  plant?: (temporary: string) => Promise<void>,
  env: NodeJS.ProcessEnv = process.env,
) {
  const folder = await temporaryFolder();
  const target = join(folder, 'target');
  const temporary = join(folder, '.lockstep-known');
  await writeFile(target, 'old');
  await writeFile(join(folder, 'victim'), 'untouched');
  await plant?.(temporary);
  const parameters = [target, folder, temporary, String(announced), '600', ''];
  const argv = ['-c', hostScript('files/write'), 'lockstep', ...parameters];
  const { status } = spawnSync('sh', argv, { input, env });
  const after = await readFile(target, 'utf8');
  const victim = await readFile(join(folder, 'victim'), 'utf8');
  return { ok: status === 0, after, victim, names: (await readdir(folder)).sort() };
}

test('input that ends early is never put in place', async () => {
  expect(await write('half a f', 11)).toEqual({
    ok: false,
    after: 'old',
    victim: 'untouched',
    names: ['target', 'victim'],
  });
  expect(await write('a whole one', 11)).toMatchObject({ ok: true, after: 'a whole one' });
});

test('what was planted under the temporary name stops it', async () => {
  const link = (to: string) => (temporary: string) => symlink(to, temporary);
  for (const plant of [link('victim'), link('nowhere'), (path: string) => writeFile(path, 'x')])
    expect(await write('new', 3, plant)).toMatchObject({
      ok: false,
      after: 'old',
      victim: 'untouched',
      names: ['.lockstep-known', 'target', 'victim'],
    });
});

test.each([
  ['Input/output error', false],
  ['Invalid argument', true],
])('what is not on its disk is not put in place: sync says "%s"', async (words, ok) => {
  const tools = await temporaryFolder();
  const sync = `#!/bin/sh
case $1 in --help) exec /bin/sync --help ;; '') exit 0 ;; esac
echo "sync: error syncing: ${words}" >&2
exit 1
`;
  await writeFile(join(tools, 'sync'), sync, { mode: 0o755 });
  const env = { ...process.env, PATH: `${tools}:${process.env.PATH}` };
  const after = ok ? 'new' : 'old';
  expect(await write('new', 3, undefined, env)).toMatchObject({ ok, after });
});
