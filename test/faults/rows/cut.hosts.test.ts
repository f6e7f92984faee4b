import { expect, test } from 'vitest';
import { isDrawn } from '../../support/drawn.ts';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { newHome } from '../../support/program/lockstep.ts';
import { onHosts } from '../../support/program/on-hosts.ts';
import { full, row, suitesOf } from '../matrix.ts';
import { metOnce } from '../points.ts';
import { recorded } from '../results.ts';
import { lanes } from '../stage/lanes.ts';
import { runHere } from '../stage/session.ts';
import {
  expectOldOrNew,
  expectSecured,
  expectUndone,
  leftAlone,
  resultOf,
  setStage,
} from '../stage/stage.ts';
import { beforeActions } from '../stage/traced.ts';
import { watch } from '../stage/watch.ts';

/** Within so many seconds the program ends by itself when nothing comes back any more. */
const patience = 100;

/** The remote actions of an undisturbed set-up, in their order. */
async function actionsOf(host: TestHost): Promise<string[]> {
  await using home = await newHome();
  const stage = await setStage(host.suite, host, home);
  const actions: string[] = [];
  beforeActions(host.address, async (_, what) => {
    actions.push(what);
  });
  const ended = await runHere(stage).finally(() => beforeActions(host.address, undefined));
  expect(ended).toMatchObject({ result: 'secured', trouble: '' });
  return actions;
}

interface Cut {
  /** Nothing comes through; or the action gets there, and its answer does not come back; or resets. */
  how: 'frozen' | 'unanswered' | 'reset';
  waits: boolean;
}

async function cutAt(host: TestHost, point: number, { how, waits }: Cut): Promise<number> {
  await using home = await newHome();
  const stage = await setStage(host.suite, host, home);
  const watcher = await watch(host, home);
  let at = '';
  beforeActions(host.address, async (number, what) => {
    if (number !== point) return;
    at = what;
    if (how === 'frozen') await host.dropPackets('all');
    else if (how === 'unanswered') await host.dropPackets('sent');
    else {
      await host.cutLink();
      await host.resetConnections();
    }
  });
  const heal = async () => {
    await host.dropPackets('none');
    await host.healLink();
  };
  try {
    const ended = await runHere(stage);
    beforeActions(host.address, undefined);
    // Where the last actions are of no account, it may have finished; else it says why not.
    if (ended.code !== 0) {
      expect(ended, JSON.stringify(ended)).toMatchObject({ result: 'failed', code: 3 });
      expect(ended.trouble).toMatch(/\w/);
    }
    expect(ended.seconds).toBeLessThan(patience);
    if (waits) {
      await leftAlone(host);
      await heal();
      await expectOldOrNew(stage);
      await expectSecured(stage, await observe.tree(host));
    } else {
      await heal();
      const run = await stage.lockstep('run', '--json');
      expect(resultOf(run), run.stderr + run.stdout).toMatch(/^(secured|unchanged)$/);
      await leftAlone(host);
      expect(await expectOldOrNew(stage)).toBe('new');
    }
    await expectUndone(stage);
    return await watcher.end();
  } catch (error) {
    await watcher.end();
    throw new Error(`${at}: ${error instanceof Error ? error.message : error}`, { cause: error });
  } finally {
    beforeActions(host.address, undefined);
    await heal();
  }
}

const cuts: readonly (readonly [id: string, Cut])[] = [
  ['2-frozen-left-alone', { how: 'frozen', waits: true }],
  ['2-frozen-resumed', { how: 'frozen', waits: false }],
  ['2-unanswered-left-alone', { how: 'unanswered', waits: true }],
  ['2-unanswered-resumed', { how: 'unanswered', waits: false }],
  ['2-reset-left-alone', { how: 'reset', waits: true }],
  ['2-reset-resumed', { how: 'reset', waits: false }],
];

onHosts.concurrent.each(cuts)('%s', (id, cut) => {
  const index = cuts.findIndex(([one]) => one === id);
  test.skipIf(!isDrawn(id)).concurrent.each(suitesOf(id))(
    `${row(id).fault}, on %s`,
    { timeout: full ? 7_200_000 : 600_000 },
    (suite) =>
      recorded(id, suite, async () => {
        const first = await bootHost({ suite });
        const actions = await actionsOf(first).finally(() => first.close());
        const all = actions.map((_, before) => before + 1);
        // The operator's lock is taken by what is started there.
        const locks = all.filter((point) => actions[point - 1]?.startsWith('start '));
        expect(locks).not.toEqual([]);
        // In a sample each way is met at points of its own, and at the lock.
        const points = all.filter(
          (point) => full || locks.includes(point) || point % 32 === 1 + 4 * index,
        );
        let gap = 0;
        await lanes(suite, full ? 4 : 2, points, async (host, point) => {
          const name = `${id}, ${point} of ${actions.length}, ${suite}`;
          gap = Math.max(gap, await metOnce(name, () => cutAt(host, point, cut)));
        });
        return { outcome: `old or new after each of ${points.length}`, gap };
      }),
  );
});
