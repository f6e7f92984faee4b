import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { asRead } from '../../src/mosquitto/inspection/as-read.ts';
import { lookAt } from '../../src/mosquitto/inspection/look.ts';
import { type Folder, newFolder } from '../support/undo/folder.ts';

// A broker starts with all of its configuration. A change that was shown with one that is another by now is not made:
// the restart would bring what nobody was shown, or not come off.

let folder: Folder;
const at = (path: string) => folder.at(path);
beforeEach(async () => {
  folder = await newFolder();
  await mkdir(at('etc/conf.d'));
  await mkdir(at('etc/more files'));
  const lines = [
    'listener 1883',
    `include_dir ${at('etc/conf.d')}`,
    `include_dir ${at('etc/more files')}`,
  ];
  await writeFile(at('etc/main.conf'), `${lines.join('\n')}\n`);
  await writeFile(at('etc/conf.d/access.conf'), 'allow_anonymous true\n');
  await writeFile(at('etc/conf.d/b c.conf'), 'max_connections 10\n');
  await writeFile(at('etc/conf.d/.hidden.conf'), 'persistence false\n');
  await writeFile(at('etc/more files/z.conf'), '# nothing\n');
  await writeFile(at('etc/more files/readme.txt'), 'no configuration\n');
});
afterEach(() => folder[Symbol.asyncDispose]());

async function shown() {
  const files = [
    folder.file('etc/conf.d/access.conf', 'allow_anonymous true\n', 'allow_anonymous false\n'),
  ];
  const look = await lookAt(folder.broker);
  const read = await asRead(
    folder.broker,
    look,
    files.map(({ path }) => path),
  );
  const how = { seconds: 60, who: 'ann from here', running: true, word: 'harden' };
  return { read, make: () => folder.changes.make({ files, links: [], asRead: read }, how) };
}

test('all that was read is watched, and nothing else', async () => {
  const { read, make } = await shown();
  expect(read.files.map(({ path }) => path).sort()).toEqual(
    ['etc/conf.d/.hidden.conf', 'etc/conf.d/b c.conf', 'etc/main.conf', 'etc/more files/z.conf']
      .map(at)
      .sort(),
  );
  expect(read.folders).toEqual([
    { path: at('etc/conf.d'), names: ['access.conf', 'b c.conf', '.hidden.conf'] },
    { path: at('etc/more files'), names: ['z.conf'] },
  ]);
  await appendFile(at('etc/more files/readme.txt'), 'more\n');
  await writeFile(at('etc/conf.d/access.conf~'), 'what an editor leaves\n');
  await make();
  expect(await readFile(at('etc/conf.d/access.conf'), 'utf8')).toBe('allow_anonymous false\n');
});

const meanwhile: Record<string, () => Promise<unknown>> = {
  'main.conf': () => appendFile(at('etc/main.conf'), 'bogus_option 1\n'),
  'conf.d/b c.conf': () => writeFile(at('etc/conf.d/b c.conf'), ''),
  'conf.d/.hidden.conf': () => appendFile(at('etc/conf.d/.hidden.conf'), '#\n'),
  'more files/z.conf': async () => {
    await rm(at('etc/more files/z.conf'));
    await mkdir(at('etc/more files/z.conf'));
  },
  'conf.d': () => writeFile(at('etc/conf.d/zz.conf'), 'listener 1885\n'),
  'more files': () => symlink('/nowhere', at('etc/more files/.x.conf')),
};

test.each(Object.entries(meanwhile))(
  '%s, changed meanwhile, stops it untouched',
  async (name, edit) => {
    const { make } = await shown();
    await edit();
    const before = folder.tree();
    const error = await make().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: `${at(`etc/${name}`)} was changed since the change to it was shown.`,
      likely: expect.stringContaining('Nothing was changed'),
    });
    expect(folder.tree()).toBe(before);
    expect(existsSync(at('var/state/armed'))).toBe(false);
    expect(await folder.changes.waiting()).toBeNull();
  },
);

test('so does a file that is gone, in whatever way', async () => {
  for (const [from, to] of [
    ['etc/conf.d/b c.conf', 'etc/conf.d/b c.off'],
    ['etc/more files', 'etc/other'],
  ] as const) {
    const { make } = await shown();
    await rename(at(from), at(to));
    await expect(make()).rejects.toThrow('was changed since');
    await rename(at(to), at(from));
  }
  const { make } = await shown();
  await make();
});

test('the difference is shown, without what is secret in it', async () => {
  await appendFile(at('etc/main.conf'), 'connection c\naddress x\nremote_password old-secret\n');
  const { make } = await shown();
  await appendFile(at('etc/main.conf'), 'remote_password new-secret\nbogus_option 1\n');
  const error = await make().catch((thrown: unknown) => thrown);
  const { detail } = error as { detail: string };
  expect(detail).toContain('+bogus_option 1');
  expect(detail).not.toMatch(/old-secret|new-secret/);
});
