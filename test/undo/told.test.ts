import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { changesOn } from '../../src/undo/change/change.ts';
import { notAsItWas } from '../../src/undo/put-back/troubles.ts';
import { type Folder, newFolder } from '../support/undo/folder.ts';
import { kinds } from '../support/undo/init.ts';
import { runBy } from '../support/undo/run-by.ts';

// What the service is told after files went back, and what is made of it when that does not come off.

const second = (folder: Folder) => [folder.file('etc/x', 'first\n', 'second\n')];

test('an undo that could not tell the broker stands in the way of no later change', async () => {
  await using folder = await newFolder();
  const { at, changes, make } = folder;
  await writeFile(at('etc/x'), 'first\n');
  const before = folder.tree();
  await changes.confirm((await make(second(folder))).id);
  // The service is nobody's there to tell, and whoever undid it has not said that it is as it was.
  expect((await changes.putBack('all')).groups).toEqual(['0001-harden']);
  expect(existsSync(at('var/state/unsettled/0001-harden'))).toBe(true);
  const { id } = await make(second(folder));
  expect(await changes.putBack('waiting', { id })).toMatchObject({ failed: [], ran: true });
  expect(folder.tree()).toBe(before);
  expect(await changes.waiting()).toBeNull();
});

test('what came of an older undo does not tell how the broker was before a later change', async () => {
  await using folder = await newFolder();
  const { at, changes, file } = folder;
  await writeFile(at('etc/x'), 'first\n');
  const make = (running: boolean) =>
    changes.make(
      { files: [file('etc/x', 'first\n', 'second\n')], links: [] },
      { seconds: 60, who: 'ann from here', running, word: 'harden' },
    );
  await make(false);
  expect((await changes.putBack('waiting')).ran).toBe(false);
  // Somebody has started it by hand since.
  await make(true);
  expect((await changes.putBack('waiting')).ran).toBe(true);
});

/** Limits of seconds in place of minutes. */
const quick = (text: string) =>
  text.replaceAll('-k 5 100 ', '-k 1 2 ').replaceAll('-ge 60 ', '-ge 2 ');

const systemctl = (folder: Folder, does: string) =>
  writeFile(folder.at('bin/systemctl'), `#!/bin/sh\necho "$*" >>"\${0%/*}/asked"\n${does}\n`, {
    mode: 0o755,
  });

/** With a systemctl that does that. */
async function putBackWith(folder: Folder, does: string) {
  await systemctl(folder, does);
  const broker = runBy(folder, (script, words) => ['sh', '-c', quick(script), ...words.map(quick)]);
  return changesOn(broker).putBack('waiting');
}

/** Whoever waits, once: its unit starts it again, but where it ends with 0 or 4. */
async function wait({ at, broker }: Folder) {
  const state = at('var/state');
  await writeFile(`${state}/put-back`, quick(await readFile(`${state}/put-back`, 'utf8')));
  const words = [`${state}/put-back`, state, 'timer', 'systemd', 'waiting'];
  return (await broker.host.run(['sh', ...words], { doing: 'Waiting' })).code;
}

describe.runIf(kinds.includes('systemd'))('with a service of systemd', () => {
  async function waits(running = true) {
    const folder = await newFolder('systemd');
    await writeFile(folder.at('etc/x'), 'first\n');
    const before = folder.tree();
    await folder.changes.make(
      { files: second(folder), links: [] },
      { seconds: 60, who: 'ann from here', running, word: 'harden' },
    );
    return { folder, before };
  }

  test.each([
    { does: 'exec sleep 60', words: 'systemd did not answer within 30 seconds.' },
    { does: 'exit 1', words: 'systemd did not start mqtt-lockstep-undo-' },
  ])(
    'nobody can be started who waits ($does): that is told, and nothing is changed',
    async ({ does, words }) => {
      await using folder = await newFolder('systemd');
      await writeFile(folder.at('etc/x'), 'first\n');
      const before = folder.tree();
      await writeFile(folder.at('bin/systemd-run'), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
      const soon = (text: string) => text.replaceAll('-k 5 30 systemd-run', '-k 1 1 systemd-run');
      const broker = runBy(folder, (script, all) => ['sh', '-c', soon(script), ...all.map(soon)]);
      const how = { seconds: 60, who: 'ann from here', running: true, word: 'harden' };
      const error = await changesOn(broker)
        .make({ files: second(folder), links: [] }, how)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        message: expect.stringContaining('Nothing could be started on practice'),
        detail: expect.stringContaining(words),
        next: expect.stringContaining('Nothing was changed'),
      });
      expect(folder.tree()).toBe(before);
      expect(await folder.changes.waiting()).toBeNull();
    },
  );

  const hangs = 'case $1 in restart | stop) exec sleep 60 ;; is-active) exit 1 ;; esac';

  test('an order that nobody takes is given again by whoever waits', async () => {
    const { folder, before } = await waits();
    await using _ = folder;
    const replay = await putBackWith(folder, hangs);
    expect(replay).toMatchObject({ served: false, ran: true, failed: [] });
    expect(notAsItWas(replay)).toContain('was not restarted with them in time');
    expect(folder.tree()).toBe(before);
    expect(await folder.changes.waiting()).toBe('reverting');
    expect(await wait(folder)).toBe(5);
    await systemctl(folder, 'echo Type=notify');
    expect(await wait(folder)).toBe(0);
    expect(await readFile(folder.at('bin/asked'), 'utf8')).toContain('restart mosquitto.service');
    expect(await folder.changes.waiting()).toBeNull();
  });

  test('one that is starting still is not started again', async () => {
    const { folder } = await waits();
    await using _ = folder;
    await putBackWith(folder, hangs.replace('exit 1', 'echo activating; exit 3'));
    expect(await wait(folder)).toBe(4);
  });

  test.each(['exec sleep 60', 'exit 1'])(
    'a broker that was stopped, and does not stop (%s), is not told to be as it was',
    async (stop) => {
      const { folder, before } = await waits(false);
      await using _ = folder;
      const does = `case $1 in stop) ${stop} ;; is-active) echo active ;; esac`;
      const replay = await putBackWith(folder, does);
      expect(replay).toMatchObject({ served: false, ran: false, failed: [] });
      expect(notAsItWas(replay)).toContain('but the broker runs');
      expect(folder.tree()).toBe(before);
      // It is tried again.
      expect(await folder.changes.waiting()).toBe('reverting');
      await systemctl(folder, '');
      expect(await folder.changes.putBack('waiting')).toMatchObject({ served: true, ran: false });
      expect(await folder.changes.waiting()).toBeNull();
    },
  );

  test.each(['inactive', 'failed', 'unknown'])(
    'a broker that was stopped, and is %s, is as it was, though its unit is gone',
    async (state) => {
      const { folder, before } = await waits(false);
      await using _ = folder;
      const does = `case $1 in stop) exit 5 ;; is-active) echo ${state}; exit 3 ;; esac`;
      expect(await putBackWith(folder, does)).toMatchObject({ served: true, ran: false });
      expect(folder.tree()).toBe(before);
      expect(await folder.changes.waiting()).toBeNull();
    },
  );
});
