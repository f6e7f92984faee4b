import { writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { changesOn } from '../../src/undo/change/change.ts';
import { lookBack } from '../../src/undo/put-back/look-back.ts';
import { type Folder, newFolder } from '../support/undo/folder.ts';
import { runBy } from '../support/undo/run-by.ts';

// The disk does not give a file of the configuration any more. What was there before takes its place all the same.

/** A broker on whose machine reading that file fails, so often. */
function badDisk(folder: Folder, path: string, times = 1000): Folder['broker'] {
  const fails = `
sha256sum() {
  if [ "$(readlink /proc/self/fd/0)" = '${folder.at(path)}' ] && [ "$(wc -l <'${folder.at('reads')}')" -lt ${times} ]; then
    echo >>'${folder.at('reads')}'
    echo 'sha256sum: -: Input/output error' >&2
    return 1
  fi
  command sha256sum "$@"
}
`;
  writeFileSync(folder.at('reads'), '');
  return runBy(folder, (script, words) => ['sh', '-c', fails + script, ...words]);
}

/** As `badDisk`, for what only looks. */
function lookingAt(folder: Folder, path: string): Folder['broker'] {
  const bad = badDisk(folder, path);
  const run: typeof bad.host.run = (argv, options) =>
    bad.host.run(['', '', '', '', '', argv[2] ?? '', ...argv.slice(3)], options);
  return { ...bad, host: { ...bad.host, run } };
}

test('what was made ready is made ready anew when the disk does not give it any more', async () => {
  await using folder = await newFolder();
  const { at, changes, file, make, tree } = folder;
  await writeFile(at('etc/a'), 'first\n');
  const before = tree();
  await make([file('etc/a', 'first\n', 'second\n')]);
  const ready = (await readdir(at('etc'))).find((name) => name.endsWith('.was'));
  expect(ready).toBeDefined();
  const replay = await changesOn(badDisk(folder, `etc/${ready}`, 1)).putBack('waiting');
  expect(replay).toMatchObject({ failed: [], restored: [at('etc/a')] });
  expect(tree()).toBe(before);
  expect(await changes.waiting()).toBeNull();
});

test.each([true, false])('a change goes back over it, and all of it (waits: %s)', async (waits) => {
  await using folder = await newFolder();
  const { at, changes, file, make, tree } = folder;
  for (const name of ['a', 'b', 'c']) await writeFile(at(`etc/${name}`), 'first\n');
  const before = tree();
  const { id } = await make(
    ['a', 'b', 'c'].map((name) => file(`etc/${name}`, 'first\n', 'second\n')),
  );
  if (!waits) await changes.confirm(id);
  expect((await lookBack(lookingAt(folder, 'etc/b')))?.later.map(({ path }) => path)).toEqual([
    at('etc/b'),
  ]);
  const replay = await changesOn(badDisk(folder, 'etc/b')).putBack(waits ? 'waiting' : 'all');
  expect(replay.failed).toEqual([]);
  expect(replay.restored.sort()).toEqual(['a', 'b', 'c'].map((name) => at(`etc/${name}`)));
  // What cannot be read is not thrown away either.
  const kept = replay.later[0]?.kept ?? '';
  expect(await readFile(kept, 'utf8')).toBe('second\n');
  expect((await readdir(at('etc'))).sort()).toEqual(['a', 'b', kept.slice(at('etc/').length), 'c']);
  expect(
    tree()
      .split('\n')
      .filter((line) => !line.includes('.later-'))
      .join('\n'),
  ).toBe(before);
  expect(await changes.waiting()).toBeNull();
});
