import { readFile, symlink, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { changesOn } from '../../src/undo/change/change.ts';
import { PutBack } from '../../src/undo/change/not-made.ts';
import { type Folder, newFolder } from '../support/undo/folder.ts';
import { runBy } from '../support/undo/run-by.ts';

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

/** `linked`: the files are links to such as are elsewhere. */
async function made(line: string, linked: boolean) {
  const folder = await newFolder();
  for (const path of files) {
    const file = linked ? path.replace('etc', 'var') : path;
    await writeFile(folder.at(file), 'first\n');
    if (linked) await symlink(folder.at(file), folder.at(path));
  }
  const error: unknown = await changesOn(edited(folder, line))
    .make(
      { files: files.map((path) => folder.file(path, 'first\n', 'second\n')), links: [] },
      { seconds: 60, who: 'ann from here', running: true, word: 'harden' },
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

const lines = ['\nseal\n', '\neach stage\n', '\neach unchanged\n'];

test.each(lines.flatMap((line) => [false, true].map((linked) => ({ line, linked }))))(
  'before anything is in its place: it stays, and nothing was changed (at $line, behind a link: $linked)',
  async ({ line, linked }) => {
    const { folder, error } = await made(line, linked);
    await using _ = folder;
    expect(error).toMatchObject({
      message: `${folder.at('etc/b')} was changed since the change to it was shown.`,
      likely: expect.stringContaining('Nothing was changed'),
      detail: expect.stringContaining('mine'),
    });
  },
);

test.each([false, true])(
  'when the first file is in its place already: that one goes back, and the edit stays (behind a link: %s)',
  async (linked) => {
    const { folder, error } = await made('\n  flush "${path%/*}"\n}\neach switch', linked);
    await using _ = folder;
    expect(error).toBeInstanceOf(PutBack);
    expect(error).toMatchObject({
      message: expect.stringContaining('was changed while the change was made'),
      replay: { failed: [], restored: [folder.at('etc/a')], later: [] },
    });
  },
);
