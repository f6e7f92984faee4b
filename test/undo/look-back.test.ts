import { randomBytes } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { undo } from '../../src/commands/undo/undo.ts';
import type { Broker } from '../../src/mosquitto/service/broker.ts';
import type { Setup } from '../../src/steps/contract/setup.ts';
import { lookBack, lookBackIn } from '../../src/undo/put-back/look-back.ts';
import { newFolder } from '../support/undo/folder.ts';

const brokerSaying = (more: object) =>
  ({
    host: { run: async () => ({ code: 0, stdout: '', stderr: '', truncated: false, ...more }) },
    layout: { state: '/var/lib/mqtt-lockstep' },
  }) as unknown as Broker;

test('a look that failed, or was cut, is not told as nothing to undo', async () => {
  expect(await lookBack(brokerSaying({}))).toBeNull();
  for (const bad of [{ code: 1, stderr: 'cat: x: Input/output error' }, { truncated: true }])
    await expect(lookBack(brokerSaying(bad))).rejects.toThrow(
      'What could be undone cannot be told.',
    );
});

const say = (...records: string[]) => lookBackIn(records.map((one) => `${one}\0`).join(''));
/** What is said of a file that was not there before, and of a folder that had to be made. */
const made = (path: string, now = 'a'.repeat(64)) => [
  ...[`absent ${path}`, `now ${now}`, 'was absent', `after ${'a'.repeat(64)}`],
];
const folder = (path: string) => [`folder ${path}`, 'now other', 'was absent', 'after none'];

test('a folder goes with what is in it, unless something else is there; the oldest word counts', () => {
  const harden = [
    'group 0002-harden active mosquitto.service',
    ...made('/c/a.conf'),
    'inside /c/a.conf',
  ];
  expect(say(...harden, ...folder('/c'))).toMatchObject({
    ...{ removed: ['/c/a.conf', '/c'], left: [], later: [], ran: true },
  });
  expect(say(...harden, 'inside /c/mine', ...folder('/c'))).toMatchObject({ left: ['/c'] });
  const copy = ['copy /a', 'now 2', 'was 1', 'after 2'];
  const first = ['absent /a', 'now 2', 'was absent', 'after 1'];
  expect(
    say('group 0002-harden active u', ...copy, 'group 0001-harden inactive u', ...first),
  ).toMatchObject({
    ...{ restored: [], removed: ['/a'], left: [], later: [], ran: false },
  });
});

test('a release that was brought goes too, and is named; where something else is in it, it stays', () => {
  const release = ['ours /c/release-0001', 'now other', 'was absent', 'after none'];
  expect(say('group 0001-distribute - ', ...release)).toMatchObject({
    removed: ['/c/release-0001'],
    left: [],
  });
  expect(say('group 0001-distribute - ', 'stays /c/release-0001/mine', ...release)).toMatchObject({
    ...{ removed: [], left: ['/c/release-0001'] },
  });
  const gone = ['ours /c/release-0001', 'now absent', 'was absent', 'after none'];
  expect(say('group 0001-distribute - ', ...gone)).toMatchObject({ removed: [], left: [] });
});

test('what was changed since is told with the difference: at last, or between two set-ups', () => {
  const text = (word: string, content: string) =>
    `${word} ${Buffer.from(content).toString('base64')}`;
  const edited = [...made('/a', 'b'.repeat(64)), text('found', 'x\nmine\n'), text('wrote', 'x\n')];
  const now = say('group 0002-harden active u', ...edited);
  expect(now?.later).toMatchObject([{ path: '/a' }]);
  expect(now?.later[0]?.difference).toContain('+mine');
  // The newer set-up has met, and kept, something else than the older one wrote.
  const newer = ['copy /b', 'now 3', 'was 2', 'after 3'];
  const older = ['copy /b', 'now 3', 'was 0', 'after 1'];
  expect(
    say('group 0002-harden active u', ...newer, 'group 0002-harden active u', ...older)?.later,
  ).toEqual([{ path: '/b', difference: [], gone: false }]);
  expect(say('group 0002-harden active u', 'copy /b', 'now 0', 'was 0', 'after 1')?.later).toEqual(
    [],
  );
});

test('of a damaged change nothing is said but that', () => {
  expect(say('group 0002-harden active u', ...made('/a'), 'damaged 0001-harden')).toMatchObject({
    ...{ removed: ['/a'], damaged: ['0001-harden'] },
  });
});

/** A folder in which a file was changed so often, each change by what came before it. */
async function changed(...texts: [string, ...string[]]) {
  const folder = await newFolder();
  await writeFile(folder.at('etc/x'), texts[0]);
  for (const [index, after] of texts.slice(1).entries()) {
    const one = await folder.make([folder.file('etc/x', texts[index] ?? '', after)]);
    await folder.changes.confirm(one.id);
  }
  return folder;
}

test('of a path the newest change tells the difference, the oldest what is there then', async () => {
  await using folder = await changed('first\n', 'second\n', 'third\n');
  const { at, broker } = folder;
  await writeFile(at('etc/x'), 'third\nmine\n');
  const all = await lookBack(broker);
  expect(all?.later).toEqual([
    { path: at('etc/x'), difference: expect.arrayContaining([' third', '+mine']), gone: false },
  ]);
  expect(all?.then).toEqual(new Map([[at('etc/x'), Buffer.from('first\n')]]));
  // Of those that are put back, where others stay.
  const newest = await lookBack(broker, ['0001-harden']);
  expect(newest?.then).toEqual(new Map([[at('etc/x'), Buffer.from('second\n')]]));
  const oldest = await lookBack(broker, ['0002-harden']);
  expect(oldest?.later[0]?.difference).toEqual(expect.arrayContaining(['-second', '+mine']));
  expect(await lookBack(broker, ['0001-harden', '0002-harden'])).toBeNull();
});

test('a long journal over a large file keeps no undo out', { timeout: 300_000 }, async () => {
  const large = (lines: number) =>
    Array.from({ length: lines }, () => `# ${randomBytes(29).toString('hex')}\n`).join('');
  const [first, second] = [large(1024), large(1024)];
  await using folder = await changed(first, second);
  const { at, broker } = folder;
  const journal = at('var/state/journal');
  for (let group = 2; group <= 45; group += 1) {
    const name = `${String(group).padStart(4, '0')}-harden`;
    await cp(`${journal}/0001-harden`, `${journal}/${name}`, { recursive: true });
  }
  await writeFile(at('etc/x'), `${second}mine\n`);
  expect((await lookBack(broker))?.later).toHaveLength(1);
  const restart = async () => {};
  const service = { ...broker.service, restart, stop: restart };
  const ask = {};
  const undone = await undo({ broker: { ...broker, service }, operator: null, ask } as Setup, {
    yes: true,
  });
  expect(undone).toMatchObject({ result: 'restored', restored: [at('etc/x')] });
  expect(await readFile(at('etc/x'), 'utf8')).toBe(first);
});

test('so many differences are told, and all changes named', { timeout: 300_000 }, async () => {
  await using folder = await newFolder();
  const { at, broker, changes, file } = folder;
  // Each difference takes 175 KB; 4 MiB are told.
  const paths = Array.from({ length: 30 }, (_, index) => `etc/${index}`);
  const text = '#'.repeat(65_535);
  const one = await folder.make(paths.map((path) => file(path, null, `${text}\n`)));
  await changes.confirm(one.id);
  for (const path of paths) await writeFile(at(path), `${text}!`);
  const later = (await lookBack(broker))?.later ?? [];
  expect(later.map(({ path }) => path).sort()).toEqual(paths.map(at).sort());
  const told = later.filter(({ difference }) => difference.length > 0);
  expect(told.length).toBeGreaterThan(15);
  expect(told.length).toBeLessThan(30);
});
