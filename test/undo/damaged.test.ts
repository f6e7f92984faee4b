import { execFileSync } from 'node:child_process';
import { chmod, chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bring } from '../../src/undo/bring.ts';
import { leftToDo } from '../../src/undo/left-to-do.ts';
import { lookBack } from '../../src/undo/look-back.ts';
import { type Folder, newFolder } from './folder.ts';

// What is kept of a change is damaged, in every way, at every place: nothing of that change nor of an older one is
// touched, and what is left to do by hand does it. What is newer goes back.

const ways: Record<string, (bytes: Buffer) => Buffer | null> = {
  zeroed: (bytes) => Buffer.alloc(bytes.length),
  emptied: () => Buffer.alloc(0),
  halved: (bytes) => bytes.subarray(0, bytes.length >> 1),
  'one byte flipped': (bytes) => {
    const at = Math.floor(Math.random() * bytes.length);
    return Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));
  },
  grown: (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
  removed: () => null,
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
  const pairs = (paths: readonly string[], how: object) =>
    paths.flatMap((path) => Object.keys(how).map((way) => [path, way] as const));
  const all = [
    ...pairs(keptIn(folder, '-type', 'f'), ways),
    ...pairs(keptIn(folder, '-path', '*/journal/0*', '!', '-type', 'l'), owners),
  ];
  expect(all.length).toBeGreaterThan(100);
  const some = process.env.LOCKSTEP_TEST_FULL
    ? all
    : fc.sample(fc.shuffledSubarray(all, { minLength: 32, maxLength: 32 }), 1)[0];
  for (const [path, way] of some ?? []) {
    for (const one of ['etc', 'var']) keep(at(`${one}.kept`), at(one));
    if (owners[way]) await owners[way](path);
    else {
      const bytes = await readFile(path);
      const damaged = ways[way]?.(bytes) ?? null;
      if (damaged?.equals(bytes)) continue;
      if (damaged === null) await rm(path);
      else await writeFile(path, damaged);
    }
    const what = `${path.slice(at('').length)}, ${way}`;
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

    // By hand, as told: what cannot be known is put right from elsewhere.
    const lines = leftToDo(replay, broker.layout.state, 'true');
    for (const line of lines) {
      const told = /^# What was kept of (\S+) is /.exec(line)?.[1];
      if (told !== undefined || /^# Which file /.test(line)) continue;
      if (!line.startsWith('#'))
        execFileSync('sh', [
          '-c',
          line.replace(/^sudo (rmdir \S+)/, '$1 || :').replace(/^sudo /, ''),
        ]);
    }
    const told = lines.flatMap((line) => /^# What was kept of (\S+) is /.exec(line)?.[1] ?? []);
    const untold = lines.some((line) => line.startsWith('# Which file '));
    if (told.length === 0 && !untold && group.startsWith('0003'))
      expect(tree(), what).toBe(between);
    expect(JSON.stringify((await lookBack(broker))?.damaged ?? []), what).not.toContain(group);
  }
  expect(before).not.toBe(after);
  await rename(at('etc.kept'), at('gone'));
});
