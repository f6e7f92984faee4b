import { appendFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { undo, undoLook } from '../../src/commands/undo/undo.ts';
import { undoText } from '../../src/commands/undo/undo-text.ts';
import { hostScript } from '../../src/host-scripts/script.ts';
import type { Setup } from '../../src/steps/contract/setup.ts';
import { bring } from '../../src/undo/change/bring.ts';
import { lookBack } from '../../src/undo/put-back/look-back.ts';
import { nothingInUse, stillNamed } from '../../src/undo/put-back/still-named.ts';
import { newFolder } from '../support/undo/folder.ts';

// What an undo would take away from under the broker, because a line that comes from somebody else names it.

const ownership = { mode: 0o644 };

/** A release that was brought, and the change that put it into use, if any. */
async function setUp(used: boolean) {
  const folder = await newFolder();
  const { at, broker, changes, file, make } = folder;
  await mkdir(at('etc/conf.d'));
  const main = `include_dir ${at('etc/conf.d')}\n`;
  await writeFile(at('etc/main.conf'), main);
  await writeFile(at('etc/conf.d/access.conf'), 'allow_anonymous true\n');
  const release = {
    path: at('etc/certs/release-0001'),
    staging: at('etc/certs/.staging-release-0001'),
    word: 'distribute',
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
    const back = await lookBack(broker);
    return back ? stillNamed(broker, back) : nothingInUse;
  };
  const service = { ...broker.service, restart: async () => {}, restartCommand: 'restart' };
  const setup = { broker: { ...broker, service }, ask: {} } as unknown as Setup;
  return {
    ...{ ...folder, look, name, release: release.path, put, setup },
    named: async () => (await look()).named,
  };
}

test('nothing, where only what goes names it', async () => {
  for (const used of [false, true]) {
    await using folder = await setUp(used);
    expect(await folder.named()).toEqual([]);
  }
});

test('a release that somebody has put into use by hand, by a link or by its own name', async () => {
  await using folder = await setUp(false);
  const { at, named, name, release } = folder;
  const file = at('etc/conf.d/mine.conf');
  const kept = { file, line: 2, folder: release, group: '0001-distribute' };
  await writeFile(file, `listener 8883\ncertfile ${release}/server.crt\n`);
  expect(await named()).toMatchObject([kept]);
  await writeFile(file, `listener 8883\n${name}`);
  // What is not there now is not taken away.
  expect(await named()).toEqual([]);
  await symlink('release-0001', at('etc/certs/current'));
  expect(await named()).toMatchObject([{ ...kept, text: name.trim() }]);
  await writeFile(file, `listener 8883\ncapath ${at('etc/certs/current')}\n`);
  expect(await named()).toMatchObject([kept]);
  await writeFile(file, `listener 8883\n# ${name}`);
  expect(await named()).toEqual([]);
});

test("what is somebody else's in the release is not taken away", async () => {
  await using folder = await setUp(false);
  const { at, named, release } = folder;
  await writeFile(`${release}/theirs.crt`, 'x');
  await writeFile(at('etc/conf.d/mine.conf'), `certfile ${release}/theirs.crt\n`);
  expect(await named()).toEqual([]);
  await writeFile(at('etc/conf.d/mine.conf'), `certfile ${release}/server.crt\n`);
  expect(await named()).toMatchObject([{ folder: release }]);
});

test('a link that goes, and is named by a file that stays', async () => {
  await using folder = await setUp(true);
  const file = folder.at('etc/conf.d/mine.conf');
  await writeFile(file, folder.name);
  expect(await folder.named()).toMatchObject([{ file, line: 1, folder: null, group: null }]);
});

test('a file that comes back, and named the release before: that change stays, and goes later', async () => {
  await using folder = await setUp(false);
  const { at, changes, named, name, file, make, release } = folder;
  const access = at('etc/conf.d/access.conf');
  await writeFile(access, name);
  await symlink('release-0001', at('etc/certs/current'));
  const before = folder.tree();
  await changes.confirm((await make([file('etc/conf.d/access.conf', name, `# x\n${name}`)])).id);
  expect(await named()).toMatchObject([{ file: access, line: 1, group: '0001-distribute' }]);
  const replay = await changes.putBack('all', { spared: ['0001-distribute'] });
  expect(replay.restored).toEqual([access]);
  expect(folder.tree()).toBe(before);
  expect(await readdir(at('var/state/journal'))).toContain('0001-distribute');
  await writeFile(access, 'allow_anonymous true\n');
  expect(await named()).toEqual([]);
  expect((await changes.putBack('all')).removed).toEqual([release]);
});

test('a file that was a link comes back as one: its lines are those of what it leads to', async () => {
  await using folder = await setUp(false);
  const { at, changes, file, named, make, name, release } = folder;
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
  expect(await named()).toEqual([]);
  await writeFile(at('checkout/theirs'), `# x\ncertfile ${release}/server.crt\n`);
  expect(await named()).toMatchObject([{ file: access, line: 2, folder: release }]);
});

test('by whatever name a line calls it', async () => {
  await using folder = await setUp(true);
  const { at, named, release } = folder;
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
    expect(await named(), path).toMatchObject([expected]);
    await writeFile(mine, `capath ${path}\n`);
    expect(await named(), path).toMatchObject([expected]);
  }
  for (const path of ['by/two', 'by/link', 'by/none', 'etc/certs']) {
    await writeFile(mine, `capath ${at(path)}\n`);
    expect(await named(), path).toEqual([]);
  }
});

test('of a configuration that does not load every line counts: releases stay, the rest goes back', async () => {
  await using folder = await setUp(true);
  const { at, look, release, setup, tree } = folder;
  const byLink = { file: at('etc/conf.d/mine.conf'), line: 1, group: null };
  const byName = { file: at('etc/elsewhere/more.conf'), line: 2, folder: release };
  await mkdir(at('etc/elsewhere'));
  await writeFile(byLink.file, folder.name);
  await writeFile(byName.file, `nonsense\ncertfile ${release}/server.crt\n`);
  const main = await readFile(at('etc/main.conf'), 'utf8');
  for (const broken of [`nonsense\n${main}`, null]) {
    const include = broken === null ? '' : `include_dir ${at('etc/elsewhere')}\n`;
    if (broken === null) await rm(at('etc/main.conf'));
    else await writeFile(at('etc/main.conf'), broken + include);
    const { named, loads } = await look();
    expect(loads).toBe(false);
    expect(named).toMatchObject(broken === null ? [byLink] : [byLink, byName]);
  }
  const large = at('etc/elsewhere/large.conf');
  await writeFile(at('etc/main.conf'), `nonsense\n${main}include_dir ${at('etc/elsewhere')}\n`);
  await writeFile(large, '#\n'.repeat(1 << 20));
  expect((await look()).unread).toEqual([large]);
  await rm(large);
  // What is put back does not load either, and that is told before.
  const would = await undoLook(setup);
  expect(would.fault?.place).toMatchObject({ file: at('etc/main.conf'), line: 1 });
  expect(undoText(would).join('\n')).toContain(
    `would not start with what was there before the set-up:\n  ${at('etc/main.conf')} line 1: `,
  );
  const undone = await undo(setup);
  expect(undone).toMatchObject({ result: 'restored', left: [release], lost: [{ line: 1 }] });
  expect(undoText(undone).join('\n')).toContain(`${byLink.file} line 1: ${folder.name.trim()}`);
  expect(tree()).not.toContain('current');
  expect(await readdir(release)).toEqual(['server.crt']);
});

test('a part that cannot be read may name any release: they stay, and that is told; the rest goes back', async () => {
  await using folder = await setUp(true);
  const { at, look, release, setup } = folder;
  const mine = at('etc/conf.d/mine.conf');
  // A file that is larger than what is read of one.
  await writeFile(mine, `certfile ${release}/server.crt\n${'#\n'.repeat(1 << 20)}`);
  expect(await look()).toMatchObject({ named: [], unread: [mine], loads: true });
  const first = await undo(setup);
  expect(first).toMatchObject({ result: 'restored', left: [release], unread: [mine] });
  expect(undoText(first).join('\n')).toContain(`perhaps in use`);
  expect(await readdir(at('etc/certs'))).toEqual(['release-0001']);
  expect(await readFile(at('etc/conf.d/access.conf'), 'utf8')).toBe('allow_anonymous true\n');
  const again = await undo(setup);
  expect(again).toMatchObject({ result: 'nothing-to-undo', left: [release], unread: [mine] });
  expect(undoText(again).join('\n')).toContain(mine);
  await rm(mine);
  expect(await undo(setup)).toMatchObject({ removed: [release, at('etc/certs')], left: [] });
});

test('what is in a folder of authorities, by the names that OpenSSL looks for', async () => {
  await using folder = await setUp(true);
  const { at, named, release } = folder;
  await mkdir(at('etc/theirs'));
  const line = { file: at('etc/conf.d/mine.conf'), line: 1 };
  await writeFile(line.file, `capath ${at('etc/theirs')}\n`);
  await symlink('../certs/release-0001/server.crt', at('etc/theirs/readme'));
  expect(await named()).toEqual([]);
  await symlink('../certs/release-0001/server.crt', at('etc/theirs/0a1b2c3d.0'));
  const text = `capath ${at('etc/theirs')} (0a1b2c3d.0)`;
  expect(await named()).toMatchObject([{ ...line, text, folder: release }]);
  await symlink('../certs/current/server.crt', at('etc/theirs/0a1b2c3d.r1'));
  expect(await named()).toMatchObject([{ folder: release }, { folder: null }]);
});

test('lines that name the link are told with the path that can stand there; then the release stays', async () => {
  await using folder = await setUp(true);
  const { at, release, setup } = folder;
  const mine = at('etc/conf.d/mine.conf');
  const lines = (by: string) =>
    ['certfile', 'keyfile'].map((option) => `${option} ${by}/server.crt`);
  const [one, two] = lines(at('etc/certs/current'));
  await writeFile(mine, `listener 8884\n${one}\n${two}\n`);
  const told = await undo(setup).catch((error) => error);
  expect(told).toMatchObject({ message: expect.stringContaining('would lose certificates') });
  const path = `  ${release}/server.crt`;
  const place = `${mine} line`;
  expect(told.detail).toBe(`${place} 2: ${one}\n${path}\n${place} 3: ${two}\n${path}`);
  await writeFile(mine, `listener 8884\n${lines(release).join('\n')}\n`);
  expect(await undo(setup)).toMatchObject({ result: 'restored', left: [release] });
  expect(await readdir(at('etc/certs'))).toEqual(['release-0001']);
});

test('a look that failed is not told as nothing that is named', async () => {
  await using folder = await setUp(true);
  const { broker: whole, at, name } = folder;
  await writeFile(at('etc/conf.d/mine.conf'), name);
  const { host } = whole;
  const run: typeof host.run = async (argv, options) =>
    argv.includes(hostScript('undo/ways'))
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
  await expect(undo(folder.setup)).rejects.toThrow('could not be put back');
});

// Whoever is asked may take an hour; what was agreed to is what was seen before it.
test('what somebody puts into use while he is asked stays, and what he changes is asked about, too', async () => {
  await using folder = await setUp(true);
  const { at, release, setup } = folder;
  await appendFile(at('etc/conf.d/access.conf'), '# edited\n');
  const asked: string[] = [];
  const undoLater = async (lines: readonly string[]) => {
    asked.push(lines.join('\n'));
    if (asked.length === 1)
      await writeFile(
        at('etc/conf.d/team.conf'),
        `listener 8884\ncertfile ${release}/server.crt\nkeyfile ${at('server.key')}\n`,
      );
    if (asked.length === 2) await appendFile(at('etc/conf.d/access.conf'), '# edited again\n');
    return true;
  };
  setup.ask.undoLater = undoLater;
  // The same lines as before: it is gone on, with what is in use by now.
  const first = await undo(setup);
  expect(asked).toHaveLength(1);
  expect(first).toMatchObject({ result: 'restored', named: [{ path: release, line: 2 }] });
  expect(await readFile(`${release}/server.crt`, 'utf8')).toBe('certificate\n');

  await rm(at('etc/conf.d/team.conf'));
  await folder.put();
  await appendFile(at('etc/conf.d/access.conf'), '# edited\n');
  expect(await undo(setup)).toMatchObject({ result: 'restored' });
  expect(asked).toHaveLength(3);
  expect(asked[2]).not.toBe(asked[1]);
  expect(asked[2]).toContain('edited again');
});

test('who says no to what came meanwhile has nothing undone', async () => {
  await using folder = await setUp(true);
  const { at, setup } = folder;
  const access = at('etc/conf.d/access.conf');
  await appendFile(access, '# edited\n');
  let asked = 0;
  setup.ask.undoLater = async () => {
    asked++;
    if (asked === 1) await appendFile(access, '# again\n');
    return asked === 1;
  };
  await expect(undo(setup)).rejects.toThrow();
  expect(asked).toBe(2);
  expect(await readFile(access, 'utf8')).toContain('# again');
});

test('what somebody has removed since is told, and not put there again unless somebody agrees', async () => {
  await using folder = await setUp(true);
  const { at, setup } = folder;
  const access = at('etc/conf.d/access.conf');
  await rm(access);
  // One that Lockstep has made, and somebody has removed, would not be there again.
  await rm(at('etc/certs/current'));
  const would = await undoLook(setup);
  expect(would).toMatchObject({ restored: [access], gone: [access] });
  expect(would.later).toBe(undefined);
  expect(undoText(would).join('\n')).toContain(`${access} (somebody has removed it since)`);
  await expect(undo(setup)).rejects.toMatchObject({
    message: expect.stringContaining('One file was changed'),
    detail: `${access} (somebody has removed it)`,
  });
  expect(await undo(setup, { yes: true })).toMatchObject({
    result: 'restored',
    restored: [access],
  });
  expect(await readFile(access, 'utf8')).toBe('allow_anonymous true\n');
});
