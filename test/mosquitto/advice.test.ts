import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isHere, trees } from './corpus-trees.ts';
import { generated } from './generated.ts';
import { versions } from './reading.ts';
import { wrongUnread, wrongWith } from './wrong-advice.ts';

describe.skipIf(!isHere)('advice, followed on a copy (corpus beside the repository)', () => {
  test.each(versions)(
    'lets in nobody, and does what it says: %s',
    { timeout: 240_000 },
    async (version) => {
      const wrong: string[] = [];
      let followed = 0;
      for (const [name, tree] of trees()) {
        const found = await wrongWith(tree, version);
        followed += 1;
        wrong.push(...found.map((one) => `${name}: ${one}`));
      }
      expect(wrong).toEqual([]);
      expect(followed).toBeGreaterThan(400);
    },
  );
});

/** A full run, with hosts beside it, takes its time. */
const timeout = process.env.LOCKSTEP_TEST_FULL === '1' ? 1_800_000 : 240_000;

test('advice on generated configurations lets in nobody, and does what it says', {
  timeout,
}, async () => {
  await fc.assert(
    fc.asyncProperty(generated, fc.constantFrom(...versions), async (tree, version) => {
      expect(await wrongWith(tree, version)).toEqual([]);
    }),
    { numRuns: process.env.LOCKSTEP_TEST_FULL === '1' ? 20_000 : Number(process.env.RUNS ?? 300) },
  );
});

test('nothing is said of a folder that was not read, nor what it could turn into its opposite', {
  timeout,
}, async () => {
  await fc.assert(
    fc.asyncProperty(generated, fc.constantFrom(...versions), async (tree, version) => {
      expect(await wrongUnread(tree, '/etc/mosquitto/conf.d', version)).toEqual([]);
    }),
    { numRuns: process.env.LOCKSTEP_TEST_FULL === '1' ? 20_000 : 500 },
  );
});
