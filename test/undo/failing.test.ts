import { describe, expect, test } from 'vitest';
import { failing, watched } from './failing-once.ts';
import { kinds } from './folder.ts';
import { foundBy, someOf } from './found.ts';
import { expectHealed, expectWhole } from './healing.ts';
import { scriptsOf } from './scripts.ts';

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
      expect(await script.act(whole.broker, folder)).toBe(true);
      await script.done(folder);
      const trees = { ...found, planned: folder.tree() };
      const all = await whole.seen();
      expect(all.length).toBeGreaterThan(0);
      let hit = 0;
      const some = someOf(all, kind === 'none' ? 2 : 3);
      for (const what of some) {
        await found.anew();
        const failed = failing(folder, what);
        const said = await script.act(failed.broker, folder);
        if (await failed.hit()) hit += 1;
        if (said) {
          expect(folder.tree(), what).toBe(trees.planned);
          await script.done(folder);
        }
        await expectWhole(folder, trees, what, script.due);
        await expectHealed(folder, trees, what);
      }
      // Some names are made of the time.
      expect(hit).toBeGreaterThan(some.length > 20 ? some.length / 2 : -1);
    },
  );
});
