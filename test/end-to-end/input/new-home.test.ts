import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newHome } from '../../support/program/lockstep.ts';
import { expectTold } from '../../support/program/trouble.ts';

/** What the operating system says to programs, and no person understands. */
const systemWords = /\bE(NOENT|ACCES|PERM|NOTDIR|ISDIR|EXIST|ROFS|NOSPC)\b/;

test.each([
  [['status'], 1],
  [['verify'], 1],
  [['verify', '--json'], 1],
  [['undo'], 0],
  [['audit'], 0],
  [['answers'], 0],
])('%j on a new home says how things are, in plain words', async (words, code) => {
  await using home = await newHome();
  const result = await home.run(...words);
  expect(result.code, result.stderr).toBe(code);
  expect(result.stdout + result.stderr).not.toMatch(systemWords);
  expect(result.stderr).not.toMatch(/^\s+at |inside Lockstep/m);
});

test('verify says that nothing was set up yet, and what to do', async () => {
  await using home = await newHome();
  const [authority, client] = [join(home.site, 'authority'), join(home.site, 'clients/client01')];
  expectTold(await home.run('verify'), {
    code: 1,
    what: 'There is no certificate of client01 to try.',
    likely: `Nothing was set up here yet: there is no authority in ${authority}.`,
    next: /^ {2}Set it up first, guided or with: npx lockstep run --broker practice$/,
    detail: `missing: ${client}/`,
  });
});

test('verify on what was set up by half names the steps that are missing', async () => {
  await using home = await newHome();
  await home.run('run', '--broker', 'practice', '--through', 'authority');
  expectTold(await home.run('verify'), {
    code: 1,
    what: 'There is no certificate of client01 to try.',
    likely: 'It was not issued or delivered yet, or its folder was moved.',
    next: 'npx lockstep run --through distribute',
  });
});

test.each([
  ['that is not there', 'There is nothing of that name.'],
  ['that is a file', 'It is no folder.'],
])('audit of a folder %s', async (kind, likely) => {
  await using home = await newHome();
  const folder = join(home.folder, 'etc');
  if (kind === 'that is a file') await writeFile(folder, '');
  const told = await home.run('audit', '--config', folder, '--broker-version', '2.0.11');
  const what = `The folder ${folder} cannot be read.`;
  expectTold(told, { code: 2, what, likely, next: 'it stands for /etc/mosquitto' });
  expect(told.stderr).not.toMatch(systemWords);
});

test('audit of a folder without the main file', async () => {
  await using home = await newHome();
  const folder = join(home.folder, 'etc');
  await mkdir(folder);
  const { stdout, stderr } = await home.run(
    ...['audit', '--config', folder, '--broker-version', '2.0.11'],
  );
  expect(stdout + stderr).not.toMatch(systemWords);
});
