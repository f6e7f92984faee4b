import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { undo } from '../../src/commands/undo/undo.ts';
import { undoText } from '../../src/commands/undo/undo-text.ts';
import type { Undone } from '../../src/commands/undo/undone.ts';
import type { Setup } from '../../src/steps/contract/setup.ts';
import { claim } from '../../state/open/claim.ts';
import type { Reaching, Surroundings } from '../../state/open/reach.ts';
import { newFolder } from '../support/undo/folder.ts';
import { kinds } from '../support/undo/init.ts';

// What is said of the broker when something was put back: no more than it was told, and was seen to do.

test.each([
  [true, 'Done: the broker serves as it did before.'],
  [false, 'Done: the broker is stopped, as it was.'],
  [null, 'Done: the broker was not restarted.'],
])('of an undo that found it running: %s', (ran, words) => {
  const undone: Undone = {
    ...{ result: 'restored', restored: [], removed: ['/c/release-0001'], left: [], ran },
  };
  const text = undoText(undone);
  expect(text).toContain(words);
  if (ran !== true) expect(text.join('\n')).not.toContain('serves');
});

test('of a record without changes no more is said than that', () => {
  const nothing = { restored: [], removed: [], left: [], ran: null };
  expect(undoText({ result: 'nothing-to-undo', ...nothing })).toEqual([
    'There is nothing to put back: no change of Lockstep is on record there.',
  ]);
});

test('of a change of which nothing had got its place: the broker was not restarted', async () => {
  await using folder = await newFolder();
  const { at, broker, file, make } = folder;
  await make([file('etc/x', null, 'x')]);
  await writeFile(at('var/state/armed/registered/0001-harden/.unwritten'), '');
  await writeFile(at('var/state/armed/boot'), 'another');
  const around = { user: 'ann', machine: 'here', places: () => ({ state: '/s' }) };
  const reaching = { purpose: 'change', doing: () => {}, signal: () => undefined };
  const { operator, notes } = await claim(
    broker,
    'site',
    around as unknown as Surroundings,
    reaching as unknown as Reaching,
  );
  await operator.release();
  expect(notes).toEqual([
    'A change that was not proved has been put back: the broker was not restarted.',
  ]);
});

test.runIf(kinds.includes('systemd')).each([
  [false, 'ran: false', /^ran: false$/],
  [true, 'what it does', /broker runs: it was stopped before/],
])(
  'of one that was stopped, and runs (%s) after it was told to stop: %s',
  async (running, _, says) => {
    await using folder = await newFolder('systemd');
    const { broker, changes, file } = folder;
    const how = { seconds: 60, who: 'ann', running: false, word: 'harden' };
    const made = await changes.make({ files: [file('etc/x', null, 'x')], links: [] }, how);
    await changes.confirm(made.id);
    const service = {
      ...broker.service,
      restartCommand: 'sudo systemctl restart mosquitto',
      state: async () => ({ running }),
    };
    const setup = { broker: { ...broker, service }, operator: null, ask: {} } as unknown as Setup;
    const told = await undo(setup).then(
      ({ ran }) => `ran: ${ran}`,
      (error: Error & { next: string }) => {
        expect(error.next).toContain('sudo systemctl stop mosquitto');
        return error.message;
      },
    );
    expect(told).toMatch(says);
  },
);
