import { describe, expect, test } from 'vitest';
import { foundBy, someOf } from '../../support/undo/found.ts';
import { expectHealed, expectWhole } from '../../support/undo/healing.ts';
import { kinds } from '../../support/undo/init.ts';
import { scriptsOf } from '../../support/undo/scripts.ts';
import { stopping } from '../../support/undo/stopping.ts';

// Each script is stopped before each of its commands that changes something, as by a power cut. Whatever that leaves,
// the next run goes on from there: what is there is as before or as planned, and an undo puts all of it back.

describe.each(kinds)('with a service of %s', (kind) => {
  test.concurrent.each(scriptsOf(kind))(
    '%s that is cut off anywhere is brought to its end by the next run',
    { timeout: 3_600_000 },
    async (_, script) => {
      await using found = await foundBy(script, kind);
      const { folder } = found;
      const whole = stopping(folder, 0);
      expect(await script.act(whole.broker, folder)).toBe('done');
      await script.done(folder);
      const commands = await whole.seen();
      // Of those that the host runs by itself one waits, and has another one do it.
      expect(commands).toBeGreaterThan(script.only || script.due ? 0 : 3);
      const trees = { ...found, planned: folder.tree() };
      const all = Array.from({ length: commands }, (_, index) => index + 1);
      for (const stopAt of someOf(all, script.calls >= 100 && kind === 'none' ? 6 : 3)) {
        await found.anew();
        const stopped = stopping(folder, stopAt);
        const what = `stopped before command ${stopAt} of ${commands}`;
        expect(await script.act(stopped.broker, folder), what).toMatch(/soon|failed/);
        expect(await stopped.seen(), what).toBe(stopAt);
        await expectWhole(folder, trees, what, script.due);
        await expectHealed(folder, trees, what);
      }
    },
  );
});
