import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localHost } from '../../src/host/local.ts';
import { journalOn } from '../../src/undo/journal.ts';

const host = localHost({ name: 'practice', kind: 'practice' });
let folder: string;
const at = (path: string) => join(folder, path);
const journal = () => journalOn(host, at('var/journal'));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-journal-'));
  await mkdir(at('etc'));
  await mkdir(at('var'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Every path below etc with its kind, mode and bytes or target. */
const tree = (): string =>
  execFileSync(
    'sh',
    [
      '-c',
      'cd "$1" && find . -printf "%p %y %m %l\\n" | sort; find . -type f -print0 | sort -z | xargs -r -0 sha256sum',
      'tree',
      at('etc'),
    ],
    { encoding: 'utf8' },
  );

test('files, links and what did not exist come back as they were', async () => {
  await writeFile(at('etc/a file\nwith a line end'), 'before');
  await chmod(at('etc/a file\nwith a line end'), 0o640);
  await symlink('a', at('etc/link'));
  const before = tree();
  const paths = ['etc/a file\nwith a line end', 'etc/link', 'etc/new'].map(at);
  await journal().keep('harden', paths, true);
  await writeFile(at('etc/a file\nwith a line end'), 'after');
  await chmod(at('etc/a file\nwith a line end'), 0o600);
  await rm(at('etc/link'));
  await writeFile(at('etc/link'), 'a file now');
  await writeFile(at('etc/new'), 'new');
  const replay = await journal().replay();
  expect(tree()).toBe(before);
  expect(replay).toMatchObject({ removed: [at('etc/new')], left: [], ran: true });
  expect((await journal().replay()).restored).toEqual([]);
  expect(tree()).toBe(before);
});

test('folders that had to be made for a path go with it, however deep', async () => {
  const before = tree();
  const paths = ['etc/one/two/x', 'etc/one/two/y', 'etc/one/z'].map(at);
  await journal().keep('harden', paths, false);
  await mkdir(at('etc/one/two'), { recursive: true });
  for (const path of paths) await writeFile(path, 'x');
  const { removed, left } = await journal().replay();
  expect(tree()).toBe(before);
  expect(removed).toEqual(expect.arrayContaining([at('etc/one'), at('etc/one/two'), ...paths]));
  expect(left).toEqual([]);
});

test('a folder in which somebody has put something stays, and that is told', async () => {
  await journal().keep('harden', [at('etc/one/x')], true);
  await mkdir(at('etc/one'));
  await writeFile(at('etc/one/x'), 'ours');
  await writeFile(at('etc/one/theirs'), 'theirs');
  expect((await journal().replay()).left).toEqual([at('etc/one')]);
  expect(await readFile(at('etc/one/theirs'), 'utf8')).toBe('theirs');
  expect(existsSync(at('etc/one/x'))).toBe(false);
});

test('one group alone is put back; the others stay registered', async () => {
  await writeFile(at('etc/x'), 'first');
  const groups = journal();
  await groups.keep('distribute', [at('etc/y')], true);
  const second = await groups.keep('harden', [at('etc/x')], true);
  await writeFile(at('etc/x'), 'second');
  await writeFile(at('etc/y'), 'y');
  await groups.replay(second);
  expect(await readFile(at('etc/x'), 'utf8')).toBe('first');
  expect(existsSync(at('etc/y'))).toBe(true);
  expect(await groups.groups()).toEqual(['0001-distribute']);
});

test('it is for its owner alone, and a planted link is refused', async () => {
  await journal().keep('harden', [at('etc/x')], true);
  expect((await lstat(at('var/journal'))).mode & 0o777).toBe(0o700);
  await rm(at('var/journal'), { recursive: true });
  await symlink(at('etc'), at('var/journal'));
  await expect(journal().keep('harden', [at('etc/x')], true)).rejects.toThrow(
    'No copy could be kept',
  );
  expect(await lstat(at('etc')).then((facts) => facts.isDirectory())).toBe(true);
});
