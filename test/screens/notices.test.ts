import { expect, test } from 'vitest';
import { finishing } from '../../screens/app/ending.ts';
import type { KeyContext } from '../../screens/keys/binding.ts';
import { bindings } from '../../screens/keys/key-table.ts';
import { refusal } from '../../screens/keys/keys.ts';
import { smallest } from '../../screens/text/layout.ts';
import { lessons } from '../../src/steps/lessons.ts';

/** The footer's row begins with a blank. */
const room = smallest.columns - 1;

const nothing: KeyContext = {
  step: false,
  firstStep: true,
  live: false,
  mayRetry: false,
  suspends: false,
};

test('why a key does nothing has room in the narrowest footer', () => {
  const contexts = [nothing, { ...nothing, step: true }];
  const said = contexts.flatMap((context) =>
    bindings.flatMap((binding) => {
      const reason = binding.disabled?.(context);
      return reason ? [refusal(binding, reason)] : [];
    }),
  );
  expect(new Set(said).size).toBeGreaterThan(4);
  for (const words of said) expect(words.length, words).toBeLessThanOrEqual(room);
});

test('what is finished before leaving has room there, too', () => {
  for (const { title } of Object.values(lessons))
    for (const how of ['left', 'interrupted'] as const) {
      const words = finishing(title, how);
      expect(words.length, words).toBeLessThanOrEqual(room);
    }
});
