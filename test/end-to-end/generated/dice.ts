/** Choices that are the same each time for the same seed. */
export interface Dice {
  /** Whether something is so that is so this often, from 0 to 1. */
  likely(share: number): boolean;
  one<T>(of: readonly [T, ...T[]]): T;
}

/** Mulberry32, public domain, by Tommy Ettinger. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  const roll = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  roll();
  return {
    likely: (share) => roll() < share,
    one: (of) => of[Math.floor(roll() * of.length)] ?? of[0],
  };
}
