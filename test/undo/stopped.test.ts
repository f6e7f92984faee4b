import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bring } from '../../src/undo/bring.ts';
import { changesOn } from '../../src/undo/change.ts';
import { lookBack } from '../../src/undo/look-back.ts';
import { type Folder, newFolder } from './folder.ts';
import { stopping } from './stopping.ts';

// Each script is stopped before each of its commands that changes something, as by a power cut. Whatever that leaves,
// the next run goes on from there: what is there is as before or as planned, and an undo puts all of it back.

const release = (folder: Folder, name: string) => ({
  path: folder.at(`etc/certs/${name}`),
  staging: folder.at(`etc/certs/.staging-${name}`),
  files: [{ name: 'server.crt', bytes: Buffer.from(name), ownership: { mode: 0o644 } }],
});

interface Script {
  /** What is there when it begins. Gives what is there before, and what is planned. */
  begin(folder: Folder): Promise<void>;
  /** The script that is stopped. */
  act(broker: Folder['broker'], folder: Folder): Promise<unknown>;
}

const rewrite = (folder: Folder) => ({
  files: [
    folder.file('etc/main.conf', 'first\n', 'second\n'),
    folder.file('etc/a/b/new.conf', null, 'new\n'),
  ],
  links: [{ path: folder.at('etc/certs/current'), target: 'release-0001' }],
});
const how = { seconds: 60, who: 'ann from here', running: true };
let waiting: { id: string };

const scripts: Record<string, Script> = {
  'bringing files': {
    begin: async () => {},
    act: (broker, folder) => bring(broker, release(folder, 'release-0001'), null),
  },
  'a change': {
    begin: (folder) => bring(folder.broker, release(folder, 'release-0001'), null),
    act: (broker, folder) => changesOn(broker).make(rewrite(folder), how),
  },
  'a confirmation': {
    async begin(folder) {
      for (const name of ['release-0001', 'release-0002', 'release-0003'])
        await bring(folder.broker, release(folder, name), null);
      waiting = await folder.changes.make(rewrite(folder), how);
    },
    act: (broker) => changesOn(broker).confirm(waiting.id),
  },
  'more time': {
    async begin(folder) {
      await bring(folder.broker, release(folder, 'release-0001'), null);
      waiting = await folder.changes.make(rewrite(folder), how);
    },
    act: (broker) => changesOn(broker).hold(waiting.id, 500),
  },
  'putting a change back': {
    async begin(folder) {
      await bring(folder.broker, release(folder, 'release-0001'), null);
      await folder.changes.make(rewrite(folder), how);
    },
    act: (broker) => changesOn(broker).putBack('waiting'),
  },
  'an undo': {
    async begin(folder) {
      await bring(folder.broker, release(folder, 'release-0001'), null);
      await folder.changes.confirm((await folder.changes.make(rewrite(folder), how)).id);
      await writeFile(folder.at('etc/main.conf'), 'mine\n');
    },
    act: (broker) => changesOn(broker).putBack('all'),
  },
};

const configuration = (tree: string): string =>
  tree
    .split('\n')
    .filter(
      (line) =>
        !/\.\/certs($|[ /])/.test(line) && !line.startsWith('. ') && !line.includes('.later-'),
    )
    .join('\n');

describe.each(Object.entries(scripts))('%s', (_, { begin, act }) => {
  test('that is cut off anywhere is brought to its end by the next run', {
    timeout: 1_200_000,
  }, async () => {
    await using folder = await newFolder();
    const { at, broker, changes, tree } = folder;
    await writeFile(at('etc/main.conf'), 'first\n');
    const untouched = tree();
    await begin(folder);
    const keep = (from: string, to: string) =>
      execFileSync('sh', ['-c', 'rm -rf "$2" && cp -a "$1" "$2"', 'keep', at(from), at(to)]);
    for (const one of ['etc', 'var']) keep(one, `${one}.kept`);
    const before = tree();
    const whole = stopping(folder, 0);
    await act(whole.broker, folder);
    const commands = await whole.seen();
    const planned = tree();
    expect(commands).toBeGreaterThan(3);
    const all = Array.from({ length: commands }, (_, index) => index + 1);
    const some = process.env.LOCKSTEP_TEST_FULL
      ? all
      : (fc.sample(fc.shuffledSubarray(all, { minLength: 3, maxLength: 8 }), 1)[0] ?? []);
    for (const stopAt of some) {
      for (const one of ['etc', 'var']) keep(`${one}.kept`, one);
      const stopped = stopping(folder, stopAt);
      await act(stopped.broker, folder).catch(() => {});
      const what = `stopped before command ${stopAt} of ${commands}`;
      expect(await stopped.seen(), what).toBe(stopAt);

      // As whoever comes next does.
      await changes.putBack('waiting');
      expect(await changes.waiting(), what).toBeNull();
      await changes.settled();
      const now = configuration(tree());
      expect([untouched, before, planned].map(configuration), what).toContain(now);
      expect(now, what).not.toContain('.lockstep-');

      // It can be done again, and all of it can be undone.
      await bring(broker, release(folder, 'release-0009'), null);
      const main = execFileSync('cat', [at('etc/main.conf')], { encoding: 'utf8' });
      const again = await changes.make(
        { files: [folder.file('etc/main.conf', main, 'again\n')], links: [] },
        how,
      );
      expect(await changes.confirm(again.id), what).toBe('stays');
      expect((await lookBack(broker))?.damaged, what).toEqual([]);
      const replay = await changes.putBack('all');
      expect(replay.failed, what).toEqual([]);
      await changes.settled();
      for (const { kept } of replay.later) execFileSync('rm', ['-f', kept]);
      execFileSync('sh', ['-c', 'rm -f "$1"/*.later-*', 'rm', at('etc')]);
      expect(tree(), what).toBe(untouched);
      expect(await lookBack(broker), what).toBeNull();
    }
  });
});
