import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { changesOn } from '../../src/undo/change/change.ts';
import { until } from '../support/hosts/program.ts';
import { type Folder, newFolder } from '../support/undo/folder.ts';
import { expectArmed } from '../support/undo/healing.ts';
import { kinds } from '../support/undo/init.ts';
import { runBy } from '../support/undo/run-by.ts';

// What is armed, when something of it cannot be read, and whoever waits there until it is due.

let folder: Folder;
let before: string;
let id: string;
const state = (path: string) => folder.at(`var/state/${path}`);

beforeEach(async () => {
  folder = await newFolder();
  await writeFile(folder.at('etc/x'), 'first');
  before = folder.tree();
  ({ id } = await folder.make([folder.file('etc/x', 'first', 'second')]));
});
afterEach(() => folder[Symbol.asyncDispose]());

/** Waits as the host does; ends when nothing is armed any more. */
const waiter = () =>
  spawn('sh', [state('put-back'), state('').replace(/\/$/, ''), 'timer', 'none', 'waiting'], {
    stdio: 'ignore',
    detached: true,
  });

/** With the number of seconds since boot that a deadline may be at. */
const uptime = async () => Number((await readFile('/proc/uptime', 'utf8')).split('.')[0]);

const deadlines: [string, (due: string) => string | null | Promise<string>][] = [
  ['removed', () => null],
  ['empty', () => ''],
  ['halved', (due) => due.slice(0, due.length >> 1)],
  ['zeroed', (due) => '\0'.repeat(due.length)],
  ['not a number', () => 'soon soon'],
  ['one digit changed', (due) => `${due.startsWith('9') ? '8' : '9'}${due.slice(1)}`],
  ['in a time before the change', () => '1 1'],
  [
    'further away than any',
    async () => `${(await uptime()) + 90_000} ${(await uptime()) + 90_000}`,
  ],
  ['of a number with a zero before it', () => '0900 0900'],
  ['of too many digits', () => '99999999999999999999 99999999999999999999'],
];

describe.each(deadlines)('a deadline that is %s', (_, change) => {
  beforeEach(async () => {
    const due = await readFile(state('armed/until'), 'utf8');
    const now = await change(due);
    if (now === null) await rm(state('armed/until'));
    else await writeFile(state('armed/until'), now);
  });

  test('is due for whoever waits', async () => {
    const [code] = await once(waiter(), 'close');
    expect(code).toBe(0);
    expect(folder.tree()).toBe(before);
  });

  test('gives no time to whoever comes', async () => {
    expect(await folder.changes.hold(id, 500)).toBe(false);
    await folder.changes.putBack('waiting');
    expect(folder.tree()).toBe(before);
    expect(await folder.changes.waiting()).toBeNull();
  });
});

test.each(['id', 'boot', 'who'])(
  'without what is in "%s" something waits all the same',
  async (name) => {
    for (const text of ['', '\0\0\0\0', 'x']) {
      await writeFile(state(`armed/${name}`), text);
      expect(await folder.changes.waiting()).not.toBeNull();
    }
    if (name === 'id') {
      // It stands there twice.
      const [group = ''] = await readdir(state('armed/registered'));
      const other = state(`armed/registered/${group}/id`);
      await writeFile(other, 'x');
      expect(await folder.changes.confirm(id)).toMatchObject({ is: 'armed' });
      await writeFile(other, id);
      expect(await folder.changes.hold(id, 500)).toBe(true);
    }
    await folder.changes.putBack('waiting');
    expect(folder.tree()).toBe(before);
  },
);

test('whoever waits goes when it is proved, stays while another holds the lock, and takes more time', async () => {
  const confirmed = waiter();
  await folder.changes.confirm(id);
  expect(await once(confirmed, 'close')).toEqual([0, null]);

  await folder.make([folder.file('etc/x', 'second', 'third')]);
  const lock = spawn('flock', [state('busy'), 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await until('the lock to be taken', 10, () => {
    const held = spawn('flock', ['-n', state('busy'), 'true']);
    return once(held, 'close').then(([code]) => (code === 0 ? null : true));
  });
  await writeFile(state('armed/until'), '1 1');
  const late = waiter();
  let gone = false;
  late.on('close', () => {
    gone = true;
  });
  await until('it to wait for the lock', 10, () => {
    const its = execFileSync('ps', ['-o', 'comm=', '-s', `${late.pid}`], { encoding: 'utf8' });
    return /^flock$/m.test(its) ? true : null;
  });
  // Its time has been extended by whoever held the lock.
  const more = (await uptime()) + 3;
  await writeFile(state('armed/until'), `${more} ${more}`);
  lock.stdin.end();
  await once(lock, 'close');
  expect(gone).toBe(false);
  await once(late, 'close');
  expect(await uptime()).toBeGreaterThanOrEqual(more);
  expect(await readFile(folder.at('etc/x'), 'utf8')).toBe('second');
});

test.each(kinds)(
  'of %s: all that puts it back is there in the instant it is armed',
  async (kind) => {
    await using other = await newFolder(kind);
    await writeFile(other.at('etc/x'), 'first');
    const arms = 'mv -T "$state/.armed" "$state/armed"\n';
    const cut = runBy(other, (script, words) => {
      expect(script).toContain(arms);
      return ['sh', '-c', script.replace(arms, (one) => `${one}kill -9 $$\n`), ...words];
    });
    const files = [other.file('etc/x', 'first', 'second')];
    const how = { seconds: 60, who: 'ann from here', running: true, word: 'harden' };
    await expect(changesOn(cut).make({ files, links: [] }, how)).rejects.toThrow();
    await expectArmed(other, kind);
    expect(await readFile(other.at('etc/x'), 'utf8')).toBe('first');
  },
);

test('a putting back of which nothing is left comes to its end', async () => {
  await folder.changes.putBack('waiting');
  await mkdir(state('reverting'));
  expect(await folder.changes.waiting()).toBe('reverting');
  expect(await folder.changes.putBack('waiting')).toMatchObject({ failed: [], groups: [] });
  expect(await folder.changes.waiting()).toBeNull();
  expect(await folder.make([folder.file('etc/x', 'first', 'again')])).toBeTruthy();
});

test('a change of which nothing was kept is told, and stays armed', async () => {
  await rm(state('armed/registered'), { recursive: true });
  const replay = await folder.changes.putBack('waiting');
  expect(replay.failed).toMatchObject([{ was: 'lost', entry: 'armed' }]);
  expect(await folder.changes.waiting()).not.toBeNull();
});
