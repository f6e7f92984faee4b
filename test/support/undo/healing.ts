import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { expect } from 'vitest';
import { hostScript } from '../../../src/host-scripts/script.ts';
import { bring } from '../../../src/undo/change/bring.ts';
import { lookBack } from '../../../src/undo/put-back/look-back.ts';
import type { Folder } from './folder.ts';
import { how, release, type Said } from './scripts.ts';

// What has to hold when a script was killed, or failed; and what the next run has to make of it.

/** The trees before anything, before the script and after it. */
export interface Trees {
  untouched: string;
  before: string;
  planned: string;
}

/** Of a tree what a broker reads: neither releases nor what is kept of somebody's edit. */
const configuration = (tree: string): string =>
  tree
    .split('\n')
    .filter(
      (line) =>
        !/\.\/certs($|[ /])/.test(line) && !line.startsWith('. ') && !line.includes('.later-'),
    )
    .join('\n');

/** Seconds from now, as a deadline stands in STATE/armed. */
async function secondsLeft({ at }: Folder): Promise<number> {
  const until = await readFile(at('var/state/armed/until'), 'utf8').catch(() => 'none');
  expect(until).toMatch(/^(\d+) \1$/);
  const uptime = await readFile('/proc/uptime', 'utf8');
  return Number.parseInt(until, 10) - Number.parseInt(uptime, 10);
}

/** Whatever is armed has a deadline that is still to come, and all that puts it back then and at a boot. */
export async function expectArmed(folder: Folder, what: string, due = false): Promise<void> {
  const { at, changes, kind } = folder;
  const state = at('var/state');
  expect(await readFile(`${state}/put-back`, 'utf8'), what).toBe(hostScript('undo/put-back'));
  const left = await secondsLeft(folder);
  if (!due) {
    expect(left, what).toBeGreaterThan(0);
    expect(left, what).toBeLessThanOrEqual(7200);
    expect(await changes.waiting(), what).toMatchObject({
      secondsLeft: expect.toSatisfy((told: number) => Math.abs(told - left) < 60 && told > 0),
    });
  }
  if (kind === 'systemd') {
    const unit = await readFile(at('units/mqtt-lockstep-undo.service'), 'utf8');
    expect(unit, what).toContain(
      `ExecStart=/bin/sh ${state}/put-back ${state} boot systemd waiting`,
    );
    expect(unit, what).toMatch(/TimeoutStartSec=300\n$/);
    const link = at('units/multi-user.target.wants/mqtt-lockstep-undo.service');
    expect(await readlink(link), what).toBe('../mqtt-lockstep-undo.service');
  } else if (kind === 'sysv') {
    const script = at('init.d/mqtt-lockstep-undo');
    const starts = `timeout -s KILL 300 /bin/sh ${state}/put-back ${state} boot sysv waiting\n`;
    expect((await readFile(script, 'utf8')).endsWith(starts), what).toBe(true);
    expect((await stat(script)).mode & 0o777, what).toBe(0o755);
    const link = at('rc2.d/S01mqtt-lockstep-undo');
    expect(await readlink(link), what).toBe('../init.d/mqtt-lockstep-undo');
  }
}

/** Files are as before or as planned, all of them; or an undo of them is armed, or has begun. */
export async function expectWhole(
  folder: Folder,
  { before, planned }: Trees,
  what: string,
  due = false,
): Promise<void> {
  const { at, tree } = folder;
  const [armed, reverting] = ['armed', 'reverting'].map((one) =>
    existsSync(at(`var/state/${one}`)),
  );
  if (armed) await expectArmed(folder, what, due);
  if (armed || reverting) return;
  expect([before, planned].map(configuration), what).toContain(configuration(tree()));
  // What it brings is there as a whole; older ones go file by file, when nothing uses them any more.
  const brought = at('etc/certs/release-0001');
  if (existsSync(brought))
    expect(await readFile(`${brought}/server.crt`, 'utf8'), what).toBe('release-0001');
}

/** What was said is so. */
export async function expectSo(
  { at, changes, tree }: Folder,
  { before, planned }: Trees,
  said: Said,
  what: string,
): Promise<void> {
  const words = `${what}: ${said}`;
  if (said === 'soon') expect(existsSync(at('var/state/armed')), words).toBe(true);
  if (said !== 'old' && said !== 'stays') return;
  const now = said === 'old' ? before : planned;
  // What was made ready beside may still lie there.
  const ready = (line: string) => !line.includes('/.lockstep-');
  expect(configuration(tree()).split('\n').filter(ready), words).toEqual(
    configuration(now).split('\n'),
  );
  expect(await changes.waiting(), words).toBeNull();
}

/** As whoever comes next does: it comes to its end, can be done again, and all of it can be undone. */
export async function expectHealed(
  folder: Folder,
  { untouched, before, planned }: Trees,
  what: string,
): Promise<void> {
  const { at, broker, changes, init, kind, tree } = folder;
  await changes.putBack('waiting');
  expect(await changes.waiting(), what).toBeNull();
  await changes.settled();
  const now = configuration(tree());
  expect([untouched, before, planned].map(configuration), what).toContain(now);
  expect(now, what).not.toContain('.lockstep-');

  await bring(broker, release(folder, 'release-0009'), null);
  const main = await readFile(at('etc/main.conf'), 'utf8');
  const again = await changes.make(
    { files: [folder.file('etc/main.conf', main, 'again\n')], links: [] },
    how,
  );
  expect(await changes.confirm(again.id), what).toEqual({ is: 'stays', words: '' });
  expect((await lookBack(broker))?.damaged, what).toEqual([]);
  const replay = await changes.putBack('all');
  expect(replay.failed, what).toEqual([]);
  await changes.settled();
  for (const { kept } of replay.later) execFileSync('rm', ['-f', kept]);
  execFileSync('sh', ['-c', 'rm -f "$1"/*.later-*', 'rm', at('etc')]);
  expect(tree(), what).toBe(untouched);
  expect(await lookBack(broker), what).toBeNull();

  // Nothing of ours stays, but what was undone.
  const kept = (await readdir(at('var/state'))).filter((name) => name !== '.ready');
  expect(kept.sort(), what).toEqual(['busy', 'journal', 'unsettled']);
  const inited = await Promise.all(init.map((one) => readdir(at(one))));
  expect(inited.flat(), what).toEqual(kind === 'systemd' ? ['multi-user.target.wants'] : []);
}
