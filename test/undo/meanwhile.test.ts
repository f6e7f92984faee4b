import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { changesOn, PutBack } from '../../src/undo/change.ts';
import { type Folder, newFolder } from './folder.ts';
import { runBy } from './run-by.ts';

// Somebody edits a file while a change to it is made: after it was compared, and before it is in its place.

const files = ['etc/a', 'etc/b', 'etc/c'];

/** A broker where, as a change comes to a line of its script, somebody writes into the second file. */
function edited(folder: Folder, line: string): Folder['broker'] {
  const mine = `\nprintf 'mine\\n' >'${folder.at('etc/b')}'`;
  return runBy(folder, (script, words) => {
    expect(script).toContain(line);
    return ['sh', '-c', script.replace(line, () => mine + line), ...words];
  });
}

async function made(line: string) {
  const folder = await newFolder();
  for (const path of files) await writeFile(folder.at(path), 'first\n');
  const error: unknown = await changesOn(edited(folder, line))
    .make(
      { files: files.map((path) => folder.file(path, 'first\n', 'second\n')), links: [] },
      { seconds: 60, who: 'ann from here', running: true },
    )
    .then(
      () => null,
      (thrown) => thrown,
    );
  // Neither gone nor moved: nothing of ours has come there.
  const now = await Promise.all(files.map((path) => readFile(folder.at(path), 'utf8')));
  expect(now).toEqual(['first\n', 'mine\n', 'first\n']);
  expect(folder.tree()).not.toMatch(/\.later-|\.lockstep-/);
  expect(await folder.changes.waiting()).toBeNull();
  return { folder, error };
}

test.each(['\nseal\n', '\neach stage\n', '\neach unchanged\n'])(
  'before anything is in its place: it stays, and nothing was changed (at %j)',
  async (line) => {
    const { folder, error } = await made(line);
    await using _ = folder;
    expect(error).toMatchObject({
      message: `${folder.at('etc/b')} was changed since the change to it was shown.`,
      likely: expect.stringContaining('Nothing was changed'),
      detail: expect.stringContaining('mine'),
    });
  },
);

test('when the first file is in its place already: that one goes back, and the edit stays', async () => {
  const { folder, error } = await made('\n  flush "${path%/*}"\n}\neach switch');
  await using _ = folder;
  expect(error).toBeInstanceOf(PutBack);
  expect(error).toMatchObject({
    message: expect.stringContaining('was changed while the change was made'),
    replay: { failed: [], restored: [folder.at('etc/a')], later: [] },
  });
});
