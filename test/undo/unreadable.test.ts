import { readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { changesOn } from '../../src/undo/change.ts';
import { lookBack } from '../../src/undo/look-back.ts';
import { type Folder, newFolder } from './folder.ts';
import { runBy } from './run-by.ts';

// The disk does not give a file of the configuration any more. What was there before takes its place all the same.

/** A broker on whose machine reading that file fails. */
function badDisk(folder: Folder, path: string): Folder['broker'] {
  const fails = `
sha256sum() {
  if [ "$(readlink /proc/self/fd/0)" = '${folder.at(path)}' ]; then
    echo 'sha256sum: -: Input/output error' >&2
    return 1
  fi
  command sha256sum "$@"
}
`;
  return runBy(folder, (script, words) => ['sh', '-c', fails + script, ...words]);
}

/** As `badDisk`, for what only looks. */
function lookingAt(folder: Folder, path: string): Folder['broker'] {
  const bad = badDisk(folder, path);
  const run: typeof bad.host.run = (argv, options) =>
    bad.host.run(['', '', '', '', '', argv[2] ?? '', ...argv.slice(3)], options);
  return { ...bad, host: { ...bad.host, run } };
}

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
