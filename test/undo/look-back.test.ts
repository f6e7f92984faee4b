import { expect, test } from 'vitest';
import type { Broker } from '../../src/mosquitto/broker.ts';
import { lookBack, lookBackIn } from '../../src/undo/look-back.ts';

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
  ).toEqual([{ path: '/b', difference: [] }]);
  expect(say('group 0002-harden active u', 'copy /b', 'now 0', 'was 0', 'after 1')?.later).toEqual(
    [],
  );
});

test('of a damaged change nothing is said but that', () => {
  expect(say('group 0002-harden active u', ...made('/a'), 'damaged 0001-harden')).toMatchObject({
    ...{ removed: ['/a'], damaged: ['0001-harden'] },
  });
});
