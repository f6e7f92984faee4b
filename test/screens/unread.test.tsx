import { afterEach, describe, expect, test } from 'vitest';
import { planOf } from '../support/screens/long-plan.ts';
import { type Shown, SlowClock, show } from '../support/screens/show.tsx';

let shown: Shown | null = null;
afterEach(async () => {
  await shown?.close();
  shown = null;
});

describe('a plan whose end was never on the screen is not taken for read', () => {
  const offers = async () => {
    const now = await one().until((screen) => / › /.test(screen));
    return /› Make/.test(now) ? 'to agree' : now.includes('› Read on') ? 'to read on' : now;
  };
  const one = () => shown as Shown;

  test.each([
    [50, 120],
    [59, 200],
    [200, 17],
  ])('in %sx%s, where only the words stand that it is too small', async (columns, rows) => {
    const session = planOf(12);
    shown = show(session);
    expect(await offers()).toBe('to read on');
    shown.resize(columns, rows);
    await shown.seen(`(now ${columns}x${rows})`);
    await shown.frame();
    shown.resize(80, 24);
    await shown.seen('Harden');
    expect(await offers()).toBe('to read on');
  });

  test.each(['?', 'c'] as const)('under what %s lays over it', async (key) => {
    shown = show(planOf(12));
    expect(await offers()).toBe('to read on');
    await shown.press(key);
    shown.resize(80, 120);
    await shown.frame();
    shown.resize(80, 24);
    await shown.frame();
    await shown.press('esc');
    expect(await offers()).toBe('to read on');
  });

  test('where keys that come together pass it by', async () => {
    const clock = new SlowClock();
    shown = show(planOf(30), { clock });
    await shown.seen('Please read this first');
    shown.type('\u001B[F\u001B[H');
    await shown.frame();
    clock.pass(1000);
    await shown.frame();
    clock.pass(1000);
    expect(await offers()).toBe('to read on');
  });
});
