import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { hostScript } from '../../../src/host-scripts/script.ts';
import type { StepEvent } from '../../../src/steps/contract/events.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { type Commitment, commit, RolledBack } from '../../../src/steps/run/commit.ts';
import { changesOn } from '../../../src/undo/change/change.ts';
import { type Folder, newFolder } from '../../support/undo/folder.ts';

// What a session says of its change when another one, or a fault, has come between it and its proof. It says only what is so.

/** Changes main.conf from `first` to `second`; `meanwhile`, it is proved, or not. */
async function session(
  folder: Folder,
  meanwhile: (id: string) => Promise<unknown>,
  { pass = true, broker = folder.broker, path = 'etc/main.conf' } = {},
): Promise<StepEvent[]> {
  const served = { ...broker.service, restart: async () => {} };
  const setup = {
    broker: { ...broker, service: served },
    answers: { undoAfterSeconds: 60 },
    self: 'ann from here',
  } as unknown as Setup;
  const one: Commitment = {
    setup,
    changes: changesOn(broker),
    step: { title: 'Harden' },
    async prove() {
      const waiting = await folder.changes.waiting();
      await meanwhile(waiting === null || waiting === 'reverting' ? '' : waiting.id);
      if (!pass) throw new Error('the proof did not pass');
      return [];
    },
  };
  const files = [folder.file('etc/main.conf', 'first', 'second')];
  if (path !== 'etc/main.conf') files.push(folder.file(path, null, 'x'));
  const events: StepEvent[] = [];
  const shown = { running: true, shown: [] };
  for await (const event of commit(one, { files, links: [] }, shown)) events.push(event);
  return events;
}

async function begun() {
  const folder = await newFolder();
  await writeFile(folder.at('etc/main.conf'), 'first');
  const now = () => readFile(folder.at('etc/main.conf'), 'utf8');
  return { ...folder, folder, now };
}

const otherStays = { message: 'The change stays: another session has proved and kept it.' };
const notTold = { message: expect.stringContaining('cannot be told') };

test('another session has proved it: it stays, whatever comes of the proof here', async () => {
  for (const pass of [true, false]) {
    await using all = await begun();
    const done = session(all.folder, (id) => all.changes.confirm(id), { pass });
    if (pass) expect((await done).at(-1)).toMatchObject({ kind: 'proved' });
    else await expect(done).rejects.toMatchObject(otherStays);
    expect(await all.now()).toBe('second');
  }
});

test('another session has put it back: that is told', async () => {
  for (const pass of [true, false]) {
    await using all = await begun();
    const done = session(
      all.folder,
      async () => {
        await all.changes.putBack('waiting');
        await all.changes.settled();
      },
      { pass },
    );
    await expect(done).rejects.toBeInstanceOf(RolledBack);
    await expect(done).rejects.toThrow(
      /has been put back\.|was put back already, by its machine or by another/,
    );
    expect(await all.now()).toBe('first');
  }
});

test("another session's next change is not touched", async () => {
  for (const [pass, kept, told] of [
    [false, true, otherStays],
    [false, false, { name: 'RolledBack' }],
    [true, false, { name: 'RolledBack' }],
  ] as const) {
    await using all = await begun();
    const next = async (id: string) => {
      if (kept) await all.changes.confirm(id);
      else await all.changes.putBack('waiting');
      await all.changes.settled();
      await all.make([all.file('etc/next', null, 'next')]);
    };
    await expect(session(all.folder, next, { pass })).rejects.toMatchObject(told);
    expect(await all.changes.waiting()).toMatchObject({ secondsLeft: expect.any(Number) });
    expect(await readFile(all.at('etc/next'), 'utf8')).toBe('next');
    expect(await all.now()).toBe(kept ? 'second' : 'first');
  }
});

test('nothing is kept of it any more: what has come of it is not told', async () => {
  for (const pass of [true, false]) {
    await using all = await begun();
    const lost = () => rm(all.at('var/state/armed'), { recursive: true });
    await expect(session(all.folder, lost, { pass })).rejects.toMatchObject(notTold);
  }
});

test('it stays, and not all could be done that follows: that is told', async () => {
  await using all = await begun();
  const inTheWay = () => mkdir(all.at('var/state/journal/0001-harden/x'), { recursive: true });
  const events = await session(all.folder, inTheWay);
  expect(events.at(-1)).toMatchObject({ kind: 'proved' });
  expect(events.at(-2)).toMatchObject({
    kind: 'progress',
    text: expect.stringMatching(/^It stays; not all was tidied up on practice: .*0001-harden/),
  });
  expect(await all.now()).toBe('second');
});

test('it fails, and so does putting it back: nobody says that all is as it was', async () => {
  await using all = await begun();
  const { host } = all.broker;
  // As on a file system that is read-only from one moment to the next.
  const run: typeof host.run = (argv, options) =>
    host.run(
      argv.map((word) =>
        word === hostScript('undo/put-back') ? 'echo "Read-only file system" >&2; exit 1' : word,
      ),
      options,
    );
  await writeFile(all.at('etc/in the way'), 'a file');
  const broker = { ...all.broker, host: { ...host, name: host.name, run } };
  const path = 'etc/in the way/z';
  await expect(session(all.folder, async () => {}, { broker, path })).rejects.toMatchObject({
    message: 'Putting the change back did not come to its end.',
    likely: expect.stringMatching(/read-only.*Before that: The change could not be made\./),
    next: 'Put the cause right, then run "lockstep undo".',
  });
  expect(await all.changes.waiting()).not.toBeNull();
});
