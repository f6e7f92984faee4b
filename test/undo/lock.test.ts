import { mkdir, readdir, rm } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Operator, operatorOn, takeOperator } from '../../src/undo/operator/operator.ts';
import { failing, watched } from '../support/undo/failing-once.ts';
import { type Folder, newFolder } from '../support/undo/folder.ts';
import { someOf } from '../support/undo/found.ts';
import { stopping } from '../support/undo/stopping.ts';

// The lock on a broker, whose script is stopped before each of its commands, or whose calls fail: whoever is told to have
// it has it, with a whole name, and whoever comes next from there has it, too.

const ann = { who: 'ann', from: 'here', home: 'the same', doing: () => {} };
const itIsAnn = { who: 'ann', from: 'here', since: expect.any(Date), silent: expect.any(Number) };

type Command = (script: string, words: string[]) => string[] | Promise<string[]>;

/** Ann takes the lock, by a script that is started in another way, and is heard at once. Null: she is refused. */
async function taken({ broker }: Folder, command: Command, heard: boolean) {
  const start: typeof broker.host.start = async ([, , script = '', ...words], options) => {
    const program = await broker.host.start(await command(script, words), options);
    if (heard) program.stdin.write('\n');
    return program;
  };
  const host = { ...broker.host, name: broker.host.name, start };
  return takeOperator({ ...broker, host } as typeof broker, ann).catch(() => null);
}

const anew = async ({ at }: Folder) => {
  await rm(at('var'), { recursive: true, force: true });
  await mkdir(at('var'));
};

async function expectLock(folder: Folder, lock: Operator | null, what: string, lettingGo = false) {
  const { at, broker } = folder;
  const seen = await operatorOn(broker);
  if (!lettingGo && (lock || seen)) expect(seen, what).toMatchObject(itIsAnn);
  await lock?.release();

  const again = await takeOperator(broker, ann);
  expect(await operatorOn(broker), what).toMatchObject(itIsAnn);
  await again.release();
  expect(await operatorOn(broker), what).toBeNull();
  expect(await readdir(at('var')), what).toEqual(['operator.lock']);
}

test('with every call that changes something failing once', { timeout: 900_000 }, async () => {
  await using folder = await newFolder();
  const whole = watched(folder);
  await (await taken(folder, whole.command, true))?.release();
  const all = await whole.seen();
  expect(all.length).toBeGreaterThan(15);
  for (const what of someOf(all, 12)) {
    await anew(folder);
    const beat = /\/operator\/\.?beat/.test(what);
    const failed = failing(folder, what);
    const lock = await taken(folder, failed.command, beat);
    // One that cannot be heard any more lets it go.
    await expectLock(folder, lock, what, beat);
  }
});

test('cut off before every command that changes something', { timeout: 900_000 }, async () => {
  await using folder = await newFolder();
  const whole = stopping(folder, 0);
  await (await taken(folder, whole.command, true))?.release();
  const commands = await whole.seen();
  expect(commands).toBeGreaterThan(10);
  const all = Array.from({ length: commands }, (_, index) => index + 1);
  for (const stopAt of someOf(all, 12)) {
    await anew(folder);
    const what = `stopped before command ${stopAt} of ${commands}`;
    const lock = await taken(folder, stopping(folder, stopAt).command, true);
    await expectLock(folder, lock, what);
  }
});

test('of a machine that ends its words, and never the program, nobody waits for the end', async () => {
  await using folder = await newFolder();
  const { broker } = folder;
  const nothing = () => Readable.from([]);
  const program: Awaited<ReturnType<typeof broker.host.start>> = {
    ...{ stdin: new PassThrough(), stdout: nothing(), stderr: nothing() },
    ...{ ended: new Promise(() => {}), pid: Promise.resolve(null) },
  };
  const host = { ...broker.host, name: 'rock-4se', start: async () => program };
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const refused = expect(takeOperator({ ...broker, host } as typeof broker, ann)).rejects;
  const told = refused.toMatchObject({
    kind: 'timeout',
    message: expect.stringContaining('lock on rock-4se did not answer'),
  });
  await vi.advanceTimersByTimeAsync(60_000);
  await told;
});
