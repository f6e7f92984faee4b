import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { reachedBy } from '../../state/open/reach.ts';

// A name service that never answers.
vi.mock('node:dns/promises', () => ({ lookup: () => new Promise(() => {}) }));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('is asked by what a broker is reached, and waited for ten seconds', async () => {
  let told: string[] | undefined;
  void reachedBy('board', { hostname: 'board.example', jumps: [] }).then((names) => {
    told = names;
  });
  await vi.advanceTimersByTimeAsync(9_000);
  expect(told).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual(['board', 'board.example']);
});
