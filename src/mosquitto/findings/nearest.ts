import { isAtLeast } from '../behaviour.ts';
import { optionNamed, optionNames } from '../options.ts';

/** The option that somebody most likely meant who wrote it with one or two letters wrong; null: none. */
export function nearest(written: string, version: string): string | null {
  const most = written.length < 6 ? 1 : 2;
  const known = optionNames().filter((name) =>
    isAtLeast(version, optionNamed(name)?.since ?? '2.0.0'),
  );
  const [best] = known
    .map((name) => ({ name, apart: difference(written.toLowerCase(), name) }))
    .filter(({ apart }) => apart <= most)
    .sort((one, other) => one.apart - other.apart);
  return best?.name ?? null;
}

/** How many letters are to be added, taken away or changed to make one word of another. */
function difference(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 2) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let at = 0; at < other.length; at += 1) {
      const kept = (row[at] ?? 0) + (letter === other[at] ? 0 : 1);
      next.push(Math.min(kept, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
