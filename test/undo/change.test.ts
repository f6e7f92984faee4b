import { existsSync } from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bring } from '../../src/undo/change/bring.ts';
import { changesOn } from '../../src/undo/change/change.ts';
import { PutBack } from '../../src/undo/change/not-made.ts';
import { lookBack } from '../../src/undo/put-back/look-back.ts';
import { type Folder, newFolder } from '../support/undo/folder.ts';

let folder: Folder;
const at = (path: string) => folder.at(path);
const changes = () => folder.changes;
const tree = () => folder.tree();
const file: Folder['file'] = (...all) => folder.file(...all);
const make: Folder['make'] = (...all) => folder.make(...all);

beforeEach(async () => {
  folder = await newFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

test('files, links and what did not exist come back as they were, once and twice', async () => {
  await writeFile(at('etc/a file'), 'before');
  await chmod(at('etc/a file'), 0o604);
  await symlink('a', at('etc/link'));
  const before = tree();
  const files = [file('etc/a file', 'before', 'after'), file('etc/one/two/new', null, 'new')];
  const made = await make(files, [{ path: at('etc/link'), target: 'b' }]);
  expect(await readFile(at('etc/a file'), 'utf8')).toBe('after');
  expect((await lstat(at('etc/one/two/new'))).mode & 0o777).toBe(0o640);
  expect((await lstat(at('etc/one/two'))).mode & 0o777).toBe(0o755);
  expect(await changes().waiting()).toMatchObject({ ...made, secondsLeft: expect.any(Number) });

  const replay = await changes().putBack('waiting');
  expect(tree()).toBe(before);
  expect(replay).toMatchObject({ left: [], failed: [], ran: true, groups: ['0001-harden'] });
  expect(replay.removed.sort()).toEqual(['etc/one', 'etc/one/two', 'etc/one/two/new'].map(at));
  await changes().settled();
  expect(await changes().putBack('waiting')).toMatchObject({ restored: [], groups: [], ran: null });
  expect(await changes().waiting()).toBeNull();
  expect(tree()).toBe(before);
});

test('a confirmed change stays until everything is undone', async () => {
  await writeFile(at('etc/x'), 'first');
  const before = tree();
  const { id } = await make([file('etc/x', 'first', 'second')]);
  expect(await changes().confirm(id)).toEqual({ is: 'stays', words: '' });
  expect(await changes().waiting()).toBeNull();
  expect(await changes().putBack('waiting')).toMatchObject({ groups: [] });
  expect(await readFile(at('etc/x'), 'utf8')).toBe('second');
  await changes().confirm((await make([file('etc/x', 'second', 'third')])).id);
  expect((await changes().putBack('all')).groups).toEqual(['0002-harden', '0001-harden']);
  expect(tree()).toBe(before);
});

test('a change that was put back cannot be confirmed any more', async () => {
  const { id } = await make([file('etc/x', null, 'x')]);
  await changes().putBack('waiting');
  // The service is not told yet.
  expect(await changes().confirm(id)).toMatchObject({ is: 'armed' });
  await changes().settled();
  expect(await changes().confirm(id)).toMatchObject({ is: 'late' });
});

test('of the releases the one in use stays after the proof, and one before it; files of others stay', async () => {
  for (const name of ['0001', '0002', '0003', '0004']) {
    const path = at(`etc/certs/release-${name}`);
    const files = [{ name: 'server.crt', bytes: Buffer.from(name), ownership: { mode: 0o644 } }];
    await bring(
      folder.broker,
      { path, staging: at(`etc/certs/.staging-release-${name}`), word: 'distribute', files },
      null,
    );
  }
  await writeFile(at('etc/certs/release-0002/theirs'), 'theirs');
  await mkdir(at('etc/certs/release-mine'));
  await writeFile(at('etc/certs/release-0000'), 'a file of somebody else');
  const link = { path: at('etc/certs/current'), target: 'release-0004' };
  await changes().confirm((await make([], [link])).id);
  expect((await readdir(at('etc/certs'))).sort()).toEqual([
    ...['current', 'release-0000', 'release-0002', 'release-0003', 'release-0004', 'release-mine'],
  ]);
  expect(await readdir(at('etc/certs/release-0002'))).toEqual(['theirs']);
  const { left, removed } = await changes().putBack('all');
  expect(left).toEqual([at('etc/certs/release-0002'), at('etc/certs')]);
  // The first went when the fourth was proved.
  expect(removed).toEqual(
    ['current', 'release-0004', 'release-0003'].map((name) => at(`etc/certs/${name}`)),
  );
});

test('a release that a line of the configuration names stays, by whatever name; and all where a part cannot be read', async () => {
  const brought = async (...names: string[]) => {
    for (const name of names) {
      const path = at(`etc/certs/release-${name}`);
      const files = [{ name: 'server.crt', bytes: Buffer.from(name), ownership: { mode: 0o644 } }];
      const staging = at(`etc/certs/.staging-release-${name}`);
      await bring(folder.broker, { path, staging, word: 'distribute', files }, null);
    }
    const link = { path: at('etc/certs/current'), target: `release-${names.at(-1)}` };
    const { id } = await make([], [link]);
    return changes().confirm(id);
  };
  const there = async () =>
    (await readdir(at('etc/certs'))).filter((name) => name.startsWith('release-'));
  await mkdir(at('etc/conf.d'));
  await mkdir(at('etc/theirs'));
  await symlink('certs/release-0002', at('etc/old'));
  await symlink('../certs/release-0003/server.crt', at('etc/theirs/0a1b2c3d.0'));
  await writeFile(at('etc/main.conf'), `include_dir ${at('etc/conf.d')}\n`);
  const lines = [
    `certfile ${at('etc/certs/release-0001')}/server.crt`,
    `cafile ${at('etc/old')}/server.crt`,
    `capath ${at('etc/theirs')}`,
    `plugin_opt_file ${at('etc/certs/release-0004')}/server.crt`,
  ];
  const mine = at('etc/conf.d/mine.conf');
  await writeFile(mine, `listener 8884\n${lines.join('\n')}\n`);
  const named = ['0001', '0002', '0003', '0004'].map((one) => `release-${one}`);
  expect(await brought('0001', '0002', '0003', '0004', '0005', '0006', '0007')).toMatchObject({
    is: 'stays',
  });
  expect(await there()).toEqual([...named, 'release-0006', 'release-0007']);
  await writeFile(mine, '#\n'.repeat(1 << 20));
  expect(await brought('0008')).toMatchObject({ is: 'stays' });
  expect(await there()).toEqual([...named, 'release-0006', 'release-0007', 'release-0008']);
  await rm(mine);
  // What waits is confirmed whatever comes of the look.
  const { host } = folder.broker;
  const run: typeof host.run = async (argv, options) => {
    if (options?.doing === 'Reading the configuration') throw new Error('lost');
    return host.run(argv, options);
  };
  const { id } = await make([], [{ path: at('etc/certs/current'), target: 'release-0007' }]);
  const lost = changesOn({ ...folder.broker, host: { ...host, name: host.name, run } });
  expect(await lost.confirm(id)).toMatchObject({ is: 'stays', words: 'lost' });
  expect(await there()).toHaveLength(7);
  expect(await brought('0009')).toMatchObject({ is: 'stays' });
  expect(await there()).toEqual(['release-0008', 'release-0009']);
});

test('whoever is there to prove it has more time, not less; too late is told', async () => {
  const { id } = await make([file('etc/x', null, 'x')]);
  const left = async () => {
    const waiting = await changes().waiting();
    return waiting === null || waiting === 'reverting' ? null : waiting.secondsLeft;
  };
  expect(await changes().hold(id, 500)).toBe(true);
  expect(await left()).toBeGreaterThan(490);
  expect(await changes().hold(id, 10)).toBe(true);
  expect(await left()).toBeGreaterThan(480);
  expect(await changes().hold('another', 900)).toBe(false);
  expect(await left()).toBeLessThanOrEqual(500);
  await changes().putBack('waiting');
  expect(await changes().hold(id, 10)).toBe(false);
});

test('after a reboot a change gets no more time', async () => {
  const { id } = await make([file('etc/x', null, 'x')]);
  await writeFile(at('var/state/armed/boot'), 'another');
  expect(await changes().hold(id, 500)).toBe(false);
});

test('one change waits at a time', async () => {
  await make([file('etc/x', null, 'x')]);
  await expect(make([file('etc/y', null, 'y')])).rejects.toThrow('Another change to this broker');
  expect(existsSync(at('etc/y'))).toBe(false);
});

test('what somebody has changed since it was shown stops it, with the difference', async () => {
  await writeFile(at('etc/x'), 'one\ntwo\n');
  await writeFile(at('etc/y'), 'y\n');
  const before = tree();
  const shown = [file('etc/y', 'y\n', 'new'), file('etc/x', 'one\n', 'new')];
  await expect(make(shown)).rejects.toMatchObject({
    message: `${at('etc/x')} was changed since the change to it was shown.`,
    detail: expect.stringMatching(/^\+two$/m),
  });
  await expect(make([file('etc/x', null, 'new')])).rejects.toThrow('was changed since');
  expect(tree()).toBe(before);
  expect(await changes().putBack('all')).toMatchObject({ groups: [], ran: null });
});

test('what cannot be written is put back whole', async () => {
  await writeFile(at('etc/x'), 'x');
  await writeFile(at('etc/in the way'), 'a file');
  const before = tree();
  const made = make([file('etc/x', 'x', 'new'), file('etc/in the way/z', null, 'z')]);
  await expect(made).rejects.toBeInstanceOf(PutBack);
  expect(tree()).toBe(before);
  expect(await changes().waiting()).toBeNull();
});

test('a folder in which somebody has put something stays, and that is told', async () => {
  await make([file('etc/one/x', null, 'x')]);
  await writeFile(at('etc/one/theirs'), 'theirs');
  expect((await changes().putBack('all')).left).toEqual([at('etc/one')]);
  expect(await readFile(at('etc/one/theirs'), 'utf8')).toBe('theirs');
  expect(existsSync(at('etc/one/x'))).toBe(false);
});

test('what cannot be put back is told, the rest is put back, and a later try finishes it', async () => {
  await mkdir(at('etc/a'));
  await writeFile(at('etc/a/x'), 'x');
  await writeFile(at('etc/y'), 'y');
  const before = tree();
  await make([file('etc/a/x', 'x', 'new'), file('etc/y', 'y', 'new')]);
  // A folder in the place of the file.
  await rm(at('etc/a/x'));
  await mkdir(at('etc/a/x'));
  const replay = await changes().putBack('all');
  const entry = 'reverting/registered/0001-harden/0001';
  expect(replay.failed).toMatchObject([{ path: at('etc/a/x'), was: 'copy', entry }]);
  expect(replay.ran).toBeNull();
  expect(await readFile(at('etc/y'), 'utf8')).toBe('y');
  expect(await changes().waiting()).toBe('reverting');

  await rm(at('etc/a/x'), { recursive: true });
  expect(await changes().putBack('all')).toMatchObject({ failed: [], groups: ['0001-harden'] });
  expect(tree()).toBe(before);
  expect(await changes().waiting()).toBeNull();
});

test('where one file cannot be made ready, nothing is touched, and all of it is left to do', async () => {
  await mkdir(at('etc/a'));
  await writeFile(at('etc/a/x'), 'x');
  await writeFile(at('etc/y'), 'y');
  await changes().confirm(
    (await make([file('etc/a/x', 'x', 'new'), file('etc/y', 'y', 'new')])).id,
  );
  // A file in the place of the folder.
  await rm(at('etc/a'), { recursive: true });
  await writeFile(at('etc/a'), 'theirs');
  const before = tree();
  const replay = await changes().putBack('all');
  expect(replay.failed.map(({ path, entry }) => [path, entry])).toEqual([
    [at('etc/y'), 'journal/0001-harden/0002'],
    [at('etc/a/x'), 'journal/0001-harden/0001'],
  ]);
  expect(tree()).toBe(before);
  await rm(at('etc/a'));
  expect(await changes().putBack('all')).toMatchObject({ failed: [], groups: ['0001-harden'] });
  expect(await readFile(at('etc/a/x'), 'utf8')).toBe('x');
});

test('what was changed since is kept beside it, with its date, each version once', async () => {
  await writeFile(at('etc/x'), 'first');
  const before = tree();
  await changes().confirm((await make([file('etc/x', 'first', 'second')])).id);
  await writeFile(at('etc/x'), 'mine');
  await changes().confirm(
    (await make([file('etc/x', 'mine', 'third'), file('etc/new', null, 'n')])).id,
  );
  await writeFile(at('etc/x'), 'mine again');
  await writeFile(at('etc/new'), 'n, too');
  expect((await lookBack(folder.broker))?.later.map(({ path }) => path).sort()).toEqual(
    ['etc/new', 'etc/x'].map(at),
  );
  const { later } = await changes().putBack('all');
  expect(later.map(({ path }) => path).sort()).toEqual(['etc/new', 'etc/x', 'etc/x'].map(at));
  const kept = await Promise.all(later.map(({ kept }) => readFile(kept, 'utf8')));
  expect(kept.sort()).toEqual(['mine', 'mine again', 'n, too']);
  for (const one of later) {
    expect(one.kept).toMatch(/\.later-\d{8}-\d{6}(\.1)*$/);
    await rm(one.kept);
  }
  expect(tree()).toBe(before);
});

test('the folder is for its owner alone, and a planted link is refused', async () => {
  await changes().confirm((await make([file('etc/x', null, 'x')])).id);
  expect((await lstat(at('var/state'))).mode & 0o777).toBe(0o700);
  await rm(at('var/state'), { recursive: true });
  await symlink(at('etc'), at('var/state'));
  await expect(make([file('etc/y', null, 'y')])).rejects.toThrow('No copy could be kept');
  expect(existsSync(at('etc/y'))).toBe(false);
  expect(existsSync(at('etc/journal'))).toBe(false);
});

test('a path that is lost while a confirmation, or a change, was cut off keeps nobody away', async () => {
  await writeFile(at('etc/x'), 'first');
  await make([file('etc/x', 'first', 'second')]);
  const [group = ''] = await readdir(at('var/state/armed/registered'));
  await rename(at('var/state/armed'), at('var/state/confirmed'));
  await rm(at(`var/state/confirmed/registered/${group}/0001/path`));
  const { id } = await make([file('etc/x', 'second', 'third'), file('etc/y', null, 'y')]);
  const other = at(`var/state/armed/registered/0002-harden`);
  await writeFile(join(other, '.unwritten'), '');
  await rm(join(other, '0001/path'));
  expect((await changes().putBack('waiting', { id })).groups).toEqual(['0002-harden']);
  await changes().settled();
  expect((await lookBack(folder.broker))?.damaged).toEqual(['0001-harden']);
  expect((await changes().putBack('all')).damaged).toEqual(['journal/0001-harden']);
});
