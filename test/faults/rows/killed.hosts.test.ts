import { expect, test } from 'vitest';
import { isDrawn } from '../../support/drawn.ts';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { newHome } from '../../support/program/lockstep.ts';
import { onHosts } from '../../support/program/on-hosts.ts';
import { full, pointsOf, row, suitesOf } from '../matrix.ts';
import { metOnce } from '../points.ts';
import { recorded } from '../results.ts';
import { runInterrupted } from '../stage/interrupted.ts';
import { lanes } from '../stage/lanes.ts';
import {
  expectOldOrNew,
  expectSecured,
  expectUndone,
  leftAlone,
  resultOf,
  setStage,
} from '../stage/stage.ts';
import { watch } from '../stage/watch.ts';

// SIGKILL after every line that the program prints: the broker's host is on its own then.

/** The lines of a run that nobody disturbs. */
async function undisturbed(host: TestHost): Promise<string[]> {
  await using home = await newHome();
  const stage = await setStage(host.suite, host, home);
  const run = await runInterrupted(stage, () => {});
  expect(resultOf(run), run.stderr).toBe('secured');
  return run.stdout.trimEnd().split('\n');
}

/** Kills it after so many lines; then waits (or not), goes on, undoes. Gives the longest gap. */
async function killAfter(host: TestHost, count: number, waits: boolean): Promise<number> {
  await using home = await newHome();
  const stage = await setStage(host.suite, host, home);
  const watcher = await watch(host, home);
  try {
    await runInterrupted(stage, (_, { lines, kill }) => lines.length === count && kill('SIGKILL'));
    if (waits) {
      await leftAlone(host);
      await expectOldOrNew(stage);
      await expectSecured(stage, await observe.tree(host));
    } else {
      const run = await stage.lockstep('run', '--json');
      expect(resultOf(run), run.stderr + run.stdout).toMatch(/^(secured|unchanged)$/);
      expect(await expectOldOrNew(stage)).toBe('new');
      await leftAlone(host); // what was armed before must not go off now
      expect(await expectOldOrNew(stage)).toBe('new');
    }
    await expectUndone(stage);
  } catch (error) {
    await watcher.end();
    throw error;
  }
  return watcher.end();
}

onHosts.concurrent.each([
  ['1-killed-left-alone', true],
  ['1-killed-resumed', false],
] as const)('%s', (id, waits) => {
  test.skipIf(!isDrawn(id)).concurrent.each(suitesOf(id))(
    `${row(id).fault}, on %s`,
    { timeout: full ? 3_600_000 : 600_000 },
    (suite) =>
      recorded(id, suite, async () => {
        const first = await bootHost({ suite });
        const lines = await undisturbed(first).finally(() => first.close());
        const hardening = lines.flatMap((line, i) => (line.includes('"harden"') ? [i + 1] : []));
        // In a sample each event is met in one of the two ways.
        const points = pointsOf(lines.length, hardening).filter(
          (_, nth) => full || nth % 2 === Number(waits),
        );
        let gap = 0;
        await lanes(suite, 2, points, async (host, point) => {
          const name = `${id}, ${point} of ${lines.length}, ${suite}`;
          gap = Math.max(gap, await metOnce(name, () => killAfter(host, point, waits)));
        });
        return { outcome: `old or new after each of ${points.length}`, gap };
      }),
  );
});
