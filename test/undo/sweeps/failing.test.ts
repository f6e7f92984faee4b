import { describe, expect, test } from 'vitest';
import { failing, watched } from '../../support/undo/failing-once.ts';
import { foundBy, someOf } from '../../support/undo/found.ts';
import { expectHealed, expectSo, expectWhole } from '../../support/undo/healing.ts';
import { kinds } from '../../support/undo/init.ts';
import { scriptsOf } from '../../support/undo/scripts.ts';

// Of each script one thing after the other cannot be changed. It says so, or has done all of it all the same; what is
// there is whole, or an undo of it is armed; and the next run goes on from there.

describe.each(kinds)('with a service of %s', (kind) => {
  test.concurrent.each(scriptsOf(kind))(
    '%s of which one call fails',
    { timeout: 7_200_000 },
    async (_, script) => {
      await using found = await foundBy(script, kind);
      const { folder } = found;
      const whole = watched(folder);
      const trees = { ...found, planned: '' };
      // Some names are made of the time, or of a process: what is called twice is called again.
      const seen: string[][] = [];
      for (const _ of ['once', 'twice']) {
        await found.anew();
        expect(await script.act(whole.broker, folder)).toBe('done');
        await script.done(folder);
        trees.planned = folder.tree();
        seen.push(await whole.seen());
      }
      const all = (seen[0] ?? []).filter((one) => seen[1]?.includes(one));
      expect(all.length).toBeGreaterThanOrEqual(script.calls);
      let refused = 0;
      const some = someOf(all, script.calls >= 100 && kind === 'none' ? 8 : 3);
      for (const what of some) {
        await found.anew();
        const failed = failing(folder, what);
        const said = await script.act(failed.broker, folder);
        expect(await failed.hit(), what).toBe(true);
        await expectSo(folder, trees, said, what);
        if (said === 'done') {
          expect(folder.tree(), what).toBe(trees.planned);
          await script.done(folder);
        } else refused += 1;
        await expectWhole(folder, trees, what, script.due);
        await expectHealed(folder, trees, what);
      }
      if (script.calls >= 100) expect(refused).toBeGreaterThan(0);
    },
  );
});
