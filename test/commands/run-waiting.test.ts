import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endsBeforeProof, run } from '../../src/commands/run.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import type { Setup } from '../../src/steps/contract/setup.ts';
import type { Step } from '../../src/steps/contract/step.ts';
import { claim } from '../../state/open/claim.ts';
import type { Reaching, Surroundings } from '../../state/open/reach.ts';
import { newFolder } from '../support/undo/folder.ts';
import { kinds } from '../support/undo/init.ts';

// A change that an earlier session has armed and not proved, met by a run that ends before Harden, or changes nothing.

let folder: Awaited<ReturnType<typeof newFolder>>;
let taken: string[];
beforeEach(async () => {
  taken = [];
  // One of systemd's is told as it was; the other has nobody to tell.
  folder = await newFolder(kinds.at(-1));
  await writeFile(folder.at('etc/x'), 'first');
  await folder.make([folder.file('etc/x', 'first', 'second')]);
});
afterEach(() => folder[Symbol.asyncDispose]());

const around = { user: 'ann', machine: 'here', places: () => ({ state: '/s' }) };
const come = (purpose: Reaching['purpose']) =>
  claim(
    folder.broker,
    'site',
    around as unknown as Surroundings,
    { purpose, doing: () => {}, signal: () => undefined } as unknown as Reaching,
  );
const due = () => readFile(folder.at('var/state/armed/until'), 'utf8');

/** Steps that all are in place. */
const steps = stepIds.map((id) => ({
  ...{ id, title: id },
  check: async () => {
    taken.push(id);
    return { status: 'done', detail: '' };
  },
})) as unknown as Step[];

/** Runs it, and returns its last line and what it threw. */
async function runThrough(setup: object, more: { through?: Step['id']; dryRun?: boolean }) {
  const lines: string[] = [];
  const broker = { ...folder.broker, service: { kind: 'systemd' } };
  const act = (one: (setup: Setup) => Promise<void>) => one({ broker, ...setup } as Setup);
  const thrown = await run(steps, act, { ...more, json: true, print: (line) => lines.push(line) })
    .then(() => null)
    .catch((error: unknown) => error);
  return { thrown, end: JSON.parse(lines.at(-1) ?? '') };
}

test('it says so, with the seconds until it is put back, takes no step and holds nothing up', async () => {
  const before = await due();
  for (const through of ['inspect', 'distribute'] as const) {
    expect(endsBeforeProof({ through })).toBe(true);
    const { operator, ...claimed } = await come('prepare');
    expect(claimed).toEqual({ notes: [], waits: true, putBack: false });
    const { thrown, end } = await runThrough({ operator }, { through });
    await operator.release();
    expect(thrown).toMatchObject({
      message: 'A change on practice, made by ann from here, waits for its proof.',
      likely: expect.stringMatching(/goes back by itself in \d+ s\.$/),
      exitCode: 3,
    });
    expect(end).toMatchObject({ result: 'failed' });
  }
  // What one that changes nothing sees may be gone, too.
  for (const more of [{ dryRun: true }, { through: 'distribute', dryRun: true } as const]) {
    const next = expect.stringMatching(/^Run it without --dry-run: /);
    expect(await runThrough({ operator: null }, more)).toMatchObject({
      thrown: { exitCode: 3, next },
      end: { result: 'failed' },
    });
  }
  expect(taken).toEqual([]);
  expect(await due()).toBe(before);
});

test('a run that goes as far as its proof is given the time for it', async () => {
  expect(endsBeforeProof({ through: 'harden' })).toBe(false);
  expect(endsBeforeProof({})).toBe(false);
  await writeFile(folder.at('var/state/armed/until'), soon(await due()));
  const before = await due();
  const { operator, waits } = await come('change');
  await operator.release();
  expect(waits).toBe(true);
  expect(Number.parseInt(await due(), 10)).toBeGreaterThan(Number.parseInt(before, 10));
});

test.runIf(kinds.includes('systemd'))(
  'one that is overdue is put back, and what was put back is not told as unchanged',
  async () => {
    await writeFile(folder.at('var/state/armed/boot'), 'another');
    const { operator, ...claimed } = await come('prepare');
    expect(claimed).toMatchObject({ putBack: true, waits: false });
    await operator.release();
    expect(await readFile(folder.at('etc/x'), 'utf8')).toBe('first');
    const first = { operator: { ...operator, waiting: null }, putBackFirst: true };
    const through = 'distribute';
    expect((await runThrough(first, { through })).end).toMatchObject({ result: 'partial' });
    const again = { operator: { ...operator, waiting: null } };
    expect((await runThrough(again, { through })).end).toMatchObject({ result: 'unchanged' });
  },
);

/** Half a minute from now, as a deadline is written. */
function soon(until: string): string {
  const at = Number.parseInt(until, 10) - 30;
  return `${at} ${at}`;
}
