import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { undo } from '../../src/commands/undo.ts';
import type { Broker } from '../../src/mosquitto/broker.ts';
import type { Setup } from '../../src/steps/setup.ts';
import { bring } from '../../src/undo/bring.ts';
import { lookBack } from '../../src/undo/look-back.ts';
import { stillNamed } from '../../src/undo/still-named.ts';
import { script } from '../../src/undo/ways.ts';
import { newFolder } from './folder.ts';

// What an undo would take away from under the broker, because a line that comes from somebody else names it.

const ownership = { mode: 0o644 };

/** A release that was brought, and the change that put it into use, if any. */
async function setUp(used: boolean) {
  const folder = await newFolder();
  const { at, broker, changes, file, make } = folder;
  await mkdir(at('etc/conf.d'));
  const main = `include_dir ${at('etc/conf.d')}\n`;
  await writeFile(at('etc/mosquitto.conf'), main);
  await writeFile(at('etc/conf.d/access.conf'), 'allow_anonymous true\n');
  const layout = {
    ...{ ...broker.layout, main: at('etc/mosquitto.conf'), folder: at('etc') },
    ...{ access: at('etc/conf.d/access.conf'), cwd: '/' },
  };
  const whole = { ...broker, layout, version: '2.0.21' } as Broker;
  const release = {
    path: at('etc/certs/release-0001'),
    staging: at('etc/certs/.staging-release-0001'),
    files: [{ name: 'server.crt', bytes: Buffer.from('certificate\n'), ownership }],
  };
  await bring(broker, release, null);
  const name = `certfile ${at('etc/certs/current')}/server.crt\n`;
  const put = async () => {
    const access = [file('etc/conf.d/access.conf', 'allow_anonymous true\n', name)];
    const links = [{ path: at('etc/certs/current'), target: 'release-0001' }];
    await changes.confirm((await make(access, links)).id);
  };
  if (used) await put();
  const look = async () => {
    const back = await lookBack(whole);
    return back ? stillNamed(whole, back) : [];
  };
  return { ...folder, whole, look, name, release: release.path, put };
}

test('nothing, where only what goes names it', async () => {
  for (const used of [false, true]) {
    await using folder = await setUp(used);
    expect(await folder.look()).toEqual([]);
  }
});

test('a release that somebody has put into use by hand, by a link or by its own name', async () => {
  await using folder = await setUp(false);
  const { at, look, name, release } = folder;
  const file = at('etc/conf.d/mine.conf');
  const kept = { file, line: 2, folder: release, group: '0001-distribute' };
  await writeFile(file, `listener 8883\ncertfile ${release}/server.crt\n`);
  expect(await look()).toMatchObject([kept]);
  await writeFile(file, `listener 8883\n${name}`);
  // What is not there now is not taken away.
  expect(await look()).toEqual([]);
  await symlink('release-0001', at('etc/certs/current'));
  expect(await look()).toMatchObject([{ ...kept, text: name.trim() }]);
  await writeFile(file, `listener 8883\ncapath ${at('etc/certs/current')}\n`);
  expect(await look()).toMatchObject([kept]);
  await writeFile(file, `listener 8883\n# ${name}`);
  expect(await look()).toEqual([]);
});

test("what is somebody else's in the release is not taken away", async () => {
  await using folder = await setUp(false);
  const { at, look, release } = folder;
  await writeFile(`${release}/theirs.crt`, 'x');
  await writeFile(at('etc/conf.d/mine.conf'), `certfile ${release}/theirs.crt\n`);
  expect(await look()).toEqual([]);
  await writeFile(at('etc/conf.d/mine.conf'), `certfile ${release}/server.crt\n`);
  expect(await look()).toMatchObject([{ folder: release }]);
});

test('a link that goes, and is named by a file that stays', async () => {
  await using folder = await setUp(true);
  const file = folder.at('etc/conf.d/mine.conf');
  await writeFile(file, folder.name);
  expect(await folder.look()).toMatchObject([{ file, line: 1, folder: null, group: null }]);
});

test('a file that comes back, and named the release before: that change stays, and goes later', async () => {
  await using folder = await setUp(false);
  const { at, changes, look, name, file, make, release } = folder;
  const access = at('etc/conf.d/access.conf');
  await writeFile(access, name);
  await symlink('release-0001', at('etc/certs/current'));
  const before = folder.tree();
  await changes.confirm((await make([file('etc/conf.d/access.conf', name, `# x\n${name}`)])).id);
  expect(await look()).toMatchObject([{ file: access, line: 1, group: '0001-distribute' }]);
  const replay = await changes.putBack('all', { spared: ['0001-distribute'] });
  expect(replay.restored).toEqual([access]);
  expect(folder.tree()).toBe(before);
  expect(await readdir(at('var/state/journal'))).toContain('0001-distribute');
  await writeFile(access, 'allow_anonymous true\n');
  expect(await look()).toEqual([]);
  expect((await changes.putBack('all')).removed).toEqual([release]);
});

test('a file that was a link comes back as one: its lines are those of what it leads to', async () => {
  await using folder = await setUp(false);
  const { at, changes, file, look, make, name, release } = folder;
  const access = at('etc/conf.d/access.conf');
  await mkdir(at('checkout'));
  for (const [lead, target] of [
    ['first', 'second'],
    ['second', at('checkout/theirs')],
  ])
    await symlink(target as string, at(`checkout/${lead}`));
  await rm(access);
  await symlink('../../checkout/first', access);
  await writeFile(at('checkout/theirs'), 'allow_anonymous true\n');
  const links = [{ path: at('etc/certs/current'), target: 'release-0001' }];
  const edit = file('etc/conf.d/access.conf', 'allow_anonymous true\n', name);
  await changes.confirm((await make([edit], links)).id);
  expect(await look()).toEqual([]);
  await writeFile(at('checkout/theirs'), `# x\ncertfile ${release}/server.crt\n`);
  expect(await look()).toMatchObject([{ file: access, line: 2, folder: release }]);
});

test('by whatever name a line calls it', async () => {
  await using folder = await setUp(true);
  const { at, look, release } = folder;
  await mkdir(at('by'));
  await symlink('../etc', at('by/link'));
  await symlink(at('by/link/certs'), at('by/two'));
  const mine = at('etc/conf.d/mine.conf');
  const byLink = { file: mine, line: 1, folder: null };
  const byName = { file: mine, line: 1, folder: release };
  for (const [path, expected] of [
    [at('by/link/certs/current'), byLink],
    [at('by/two/current'), byLink],
    [`${at('by')}//two/../certs/./current`, byLink],
    [at('by/link/certs/release-0001'), byName],
    [at('by/two/release-0001'), byName],
  ] as const) {
    await writeFile(mine, `certfile ${path}/server.crt\n`);
    expect(await look(), path).toMatchObject([expected]);
    await writeFile(mine, `capath ${path}\n`);
    expect(await look(), path).toMatchObject([expected]);
  }
  for (const path of ['by/two', 'by/link', 'by/none', 'etc/certs']) {
    await writeFile(mine, `capath ${at(path)}\n`);
    expect(await look(), path).toEqual([]);
  }
});

test('nothing is known of a configuration that cannot be read', async () => {
  await using folder = await setUp(true);
  await writeFile(folder.at('etc/conf.d/mine.conf'), folder.name);
  await rm(folder.at('etc/mosquitto.conf'));
  expect(await folder.look()).toEqual([]);
});

test('a look that failed is not told as nothing that is named', async () => {
  await using folder = await setUp(true);
  const { whole, at, name } = folder;
  await writeFile(at('etc/conf.d/mine.conf'), name);
  const { host } = whole;
  const run: typeof host.run = async (argv, options) =>
    argv.includes(script)
      ? { code: 1, signal: null, stdout: '', stderr: 'Input/output error', truncated: false }
      : host.run(argv, options);
  const back = await lookBack(whole);
  if (!back) throw new Error('there is something to undo');
  await expect(stillNamed({ ...whole, host: { ...host, run } }, back)).rejects.toThrow(
    'What the configuration names cannot be told.',
  );
});

test('where nothing is kept, an undo still tells of a change that waits and cannot go back', async () => {
  await using folder = await setUp(false);
  await folder.changes.putBack('all');
  await mkdir(folder.at('var/state/armed/registered'), { recursive: true });
  const setup = { broker: folder.whole, ask: {} } as unknown as Setup;
  await expect(undo(setup)).rejects.toThrow('could not be put back');
});
