import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { chmod, chown, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostScript } from '../../src/host-scripts/script.ts';
import { bring } from '../../src/undo/change/bring.ts';
import { changesOn } from '../../src/undo/change/change.ts';
import { lookBack } from '../../src/undo/put-back/look-back.ts';
import { byHand } from '../support/undo/by-hand.ts';
import { type Folder, newFolder } from '../support/undo/folder.ts';
import { runBy } from '../support/undo/run-by.ts';

// What is kept of a change is damaged, in every way, at every place: nothing of that change nor of an older one is
// touched, and what is left to do by hand does it. What is newer goes back.

const ways: Record<string, (bytes: Buffer) => Buffer | null> = {
  zeroed: (bytes) => Buffer.alloc(bytes.length),
  emptied: () => Buffer.alloc(0),
  halved: (bytes) => bytes.subarray(0, bytes.length >> 1),
  'its first byte flipped': (bytes) => flipped(bytes, 0),
  grown: (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
  removed: () => null,
};

const flipped = (bytes: Buffer, at: number) =>
  Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));

/** Places of one byte, up to the last. */
const places = (size: number): number[] =>
  [
    ...new Set(Array.from({ length: 13 }, (_, index) => Math.round((index * (size - 1)) / 12))),
  ].filter((at) => at >= 0);

const linkWays: Record<string, (path: string) => Promise<void>> = {
  'leading elsewhere': async (path) => {
    await rm(path);
    await symlink('release-0002', path);
  },
  'removed, a link': (path) => rm(path),
};

/** That somebody else can have written it is damage, too, though it is as it was. */
const owners: Record<string, (path: string) => Promise<void>> = {
  ...(process.getuid?.() === 0 && {
    "another's owner": (path: string) => chown(path, 65534, 65534),
  }),
  'open to others': async (path) => chmod(path, ((await stat(path)).mode & 0o777) | 0o022),
};

/** A release and two changes, all proved. Gives the tree before, between and after. */
async function twoChanges(folder: Folder): Promise<[string, string, string]> {
  const { at, broker, changes, file, make, tree } = folder;
  await writeFile(at('etc/main.conf'), 'first\n');
  await writeFile(at('etc/other.conf'), 'other\n');
  const before = tree();
  const release = at('etc/certs/release-0001');
  const ownership = { mode: 0o644 };
  await bring(
    broker,
    {
      path: release,
      staging: at('etc/certs/.staging-release-0001'),
      word: 'distribute',
      files: [{ name: 'server.crt', bytes: Buffer.from('certificate\n'), ownership }],
    },
    null,
  );
  const link = { path: at('etc/certs/current'), target: 'release-0001' };
  await changes.confirm(
    (
      await make(
        [file('etc/main.conf', 'first\n', 'second\n'), file('etc/a/new.conf', null, 'new\n')],
        [link],
      )
    ).id,
  );
  const between = tree();
  await changes.confirm((await make([file('etc/other.conf', 'other\n', 'another\n')])).id);
  return [before, between, tree()];
}

/** Every path that is changed. */
const known = (at: (path: string) => string): string[] =>
  [
    'main.conf',
    'other.conf',
    'a',
    'a/new.conf',
    'certs',
    'certs/current',
    'certs/release-0001',
    'certs/.staging-release-0001',
  ].map((path) => at(`etc/${path}`));

/** What is kept beside by hand, so that nothing is lost, is left away, and the folders that stay for it. */
const withoutKept = (tree: string): string =>
  tree
    .split('\n')
    .filter((line) => !/\.~\d+~|\.later|^\.\/(a|certs) d /.test(line))
    .join('\n');

const keptIn = (folder: Folder, ...what: string[]): string[] =>
  execFileSync('find', [folder.at('var/state/journal'), ...what], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .sort();

test('whatever of a journal is damaged, only what is sound and newer goes back; the rest is told', {
  timeout: 1_200_000,
}, async () => {
  await using folder = await newFolder();
  const { at, broker, changes, tree } = folder;
  const [before, between, after] = await twoChanges(folder);
  const keep = (from: string, to: string) => {
    execFileSync('sh', ['-c', 'rm -rf "$2" && cp -a "$1" "$2"', 'keep', from, to]);
  };
  for (const one of ['etc', 'var']) keep(at(one), at(`${one}.kept`));
  const pairs = <Way>(paths: readonly string[], how: Record<string, Way>) =>
    paths.flatMap((path) => Object.entries(how).map(([name, way]) => ({ path, name, way })));
  const files = keptIn(folder, '-type', 'f');
  const written = (change: (bytes: Buffer) => Buffer | null) => async (path: string) => {
    const damaged = change(await readFile(path));
    await (damaged === null ? rm(path) : writeFile(path, damaged));
  };
  const all = [
    ...pairs(files, ways).map((one) => ({ ...one, way: written(one.way) })),
    ...files.flatMap((path) =>
      places(statSync(path).size).map((place) => ({
        ...{ path, name: `byte ${place} flipped` },
        way: written((bytes) => flipped(bytes, place)),
      })),
    ),
    ...pairs(keptIn(folder, '-type', 'l'), linkWays),
    ...pairs(keptIn(folder, '-path', '*/journal/0*', '!', '-type', 'l'), owners),
  ];
  expect(all.length).toBeGreaterThan(100);
  const some = process.env.LOCKSTEP_TEST_FULL
    ? all
    : fc.sample(fc.shuffledSubarray(all, { minLength: 32, maxLength: 32 }), 1)[0];
  for (const { path, name, way } of some ?? []) {
    for (const one of ['etc', 'var']) keep(at(`${one}.kept`), at(one));
    const bytes = await readFile(path).catch(() => null);
    await way(path);
    const same = await readFile(path).catch(() => null);
    if (files.includes(path) && !(name in owners) && bytes && same?.equals(bytes)) continue;
    const what = `${path.slice(at('').length)}, ${name}`;
    const group = /journal\/([^/]+)/.exec(path)?.[1] ?? '';
    const undamaged = group.startsWith('0003') ? after : between;
    expect((await lookBack(broker))?.damaged, what).toEqual([group]);
    const replay = await changes.putBack('all');
    expect(replay.failed.length, what).toBeGreaterThan(0);
    expect(new Set(replay.failed.map(({ entry }) => entry.split('/')[1])), what).toEqual(
      new Set([group]),
    );
    if (group.startsWith('0001')) expect(tree(), what).toContain('./certs/release-0001/server.crt');
    else expect(tree(), what).toBe(undamaged);
    // Its service is told only when all of its files are back.
    expect(replay.groups.includes('0003-harden'), what).toBe(!group.startsWith('0003'));

    // By hand, as told: what cannot be known is put right from elsewhere. Then what is older goes back, too.
    const older = ['0003-harden', '0002-harden', '0001-distribute'].filter((one) => one < group);
    expect(replay.older, what).toEqual(older);
    const { told, lines } = byHand(replay, broker.layout.state);
    if (older.length > 0) expect(lines.at(-1), what).toContain('"lockstep undo" again');
    for (const path of told) expect([...known(at)], what).toContain(path);
    const again = await changes.putBack('all');
    expect([again.damaged, again.failed], what).toEqual([[], []]);
    const untold = lines.some((line) => line.startsWith('# Which file '));
    if (told.length === 0 && !untold) expect(withoutKept(tree()), what).toBe(before);
  }
  expect(before).not.toBe(after);
  await rename(at('etc.kept'), at('gone'));
});

test.each(['etc/certs', 'etc/release-1', 'etc/release-0001/..', ''])(
  'of a folder that nobody of ours makes (%s) nothing is removed, whatever tells of it',
  async (path) => {
    await using folder = await newFolder();
    const { at, changes } = folder;
    await twoChanges(folder);
    const group = at('var/state/journal/0001-distribute');
    const entry =
      keptIn(folder, '-path', '*/0001-distribute/*/ours')[0]?.replace(/\/ours$/, '') ?? '';
    await writeFile(at('etc/certs/mine.crt'), 'certificate\n');
    await writeFile(`${entry}/path`, at(path));
    const sum = execFileSync('sha256sum', [at('etc/certs/mine.crt')], { encoding: 'utf8' });
    await writeFile(`${entry}/ours`, `${sum.split(' ')[0]} mine.crt\n`);
    // With a manifest that tells just that.
    const seal = `${hostScript('undo/record/contents')}about=$(contents "$1"); printf %s "$about" >"$1/.manifest"`;
    execFileSync('sh', ['-euc', seal, 'seal', group], { env: { ...process.env, LC_ALL: 'C' } });
    const { failed, damaged } = await changes.putBack('all');
    expect(damaged).toEqual([]);
    expect(failed.map(({ words }) => words).join()).toContain("is no folder of Lockstep's making");
    expect(await readFile(at('etc/certs/mine.crt'), 'utf8')).toBe('certificate\n');
  },
);

test('by hand no copy is used that is damaged, also where a change that came to nothing goes first', async () => {
  await using folder = await newFolder();
  const { at, broker, changes, file } = folder;
  await twoChanges(folder);
  const line = '\neach stage\n';
  const cut = runBy(folder, (script, words) => {
    expect(script).toContain(line);
    return ['sh', '-c', script.replace(line, () => '\nkill -9 $$\n'), ...words];
  });
  const rewrite = { files: [file('etc/other.conf', 'another\n', 'third\n')], links: [] };
  const how = { seconds: 60, who: 'ann from here', running: true, word: 'harden' };
  await expect(changesOn(cut).make(rewrite, how)).rejects.toThrow();
  await writeFile(at('var/state/journal/0003-harden/0001/copy'), '');
  const replay = await changes.putBack('all');
  expect(replay).toMatchObject({
    groups: ['0004-harden'],
    damaged: ['journal/0003-harden'],
    failed: [{ path: at('etc/other.conf'), was: 'damaged' }],
  });
  byHand(replay, broker.layout.state);
  expect(await readFile(at('etc/other.conf'), 'utf8')).toBe('another\n');
  expect(await changes.putBack('all')).toMatchObject({ damaged: [], failed: [] });
});

test('by hand nothing is lost that somebody has edited or added since', async () => {
  await using folder = await newFolder();
  const { at, broker, changes } = folder;
  await twoChanges(folder);
  await writeFile(at('etc/main.conf'), 'second\nmine\n');
  await writeFile(at('etc/a/new.conf'), 'also mine\n');
  await writeFile(at('etc/certs/release-0001/own.crt'), 'my certificate\n');
  await writeFile(at('etc/certs/release-0001/server.crt'), 'another certificate\n');
  for (const group of ['0003-harden', '0002-harden', '0001-distribute'])
    await writeFile(at(`var/state/journal/${group}/service`), 'x');
  for (let turn = 0; turn < 3; turn++) byHand(await changes.putBack('all'), broker.layout.state);
  expect(await changes.putBack('all')).toMatchObject({ failed: [], damaged: [], older: [] });
  expect(await readFile(at('etc/main.conf'), 'utf8')).toBe('first\n');
  const all = execFileSync('sh', ['-c', 'find "$1" -type f -exec cat {} +', 'all', at('etc')], {
    encoding: 'utf8',
  });
  for (const text of ['mine', 'also mine', 'my certificate', 'another certificate'])
    expect(all.split('\n')).toContain(text);
});

test.each(Object.keys(ways))(
  'a service whose record is damaged while it waits to be told (%s) is not stopped, nor said to be',
  async (way) => {
    for (const name of ['service', '.manifest']) {
      await using folder = await newFolder();
      const { at, broker, changes, file } = folder;
      const made = await changes.make(
        { files: [file('etc/x', null, 'text')], links: [] },
        { seconds: 60, who: 'ann from here', running: false, word: 'harden' },
      );
      await changes.confirm(made.id);
      expect(await changes.putBack('all')).toMatchObject({ ran: false, served: false });
      expect(await lookBack(broker)).toMatchObject({ ran: false });
      const path = at(`var/state/unsettled/0001-harden/${name}`);
      const damaged = ways[way]?.(await readFile(path)) ?? null;
      if (damaged === null) await rm(path);
      else await writeFile(path, damaged);
      expect(await lookBack(broker), name).toMatchObject({ ran: true });
      expect(await changes.putBack('all'), name).toMatchObject({ ran: true, served: false });
      await changes.settled();
      expect(await lookBack(broker)).toBeNull();
    }
  },
);
