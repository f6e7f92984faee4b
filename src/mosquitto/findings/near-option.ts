import { isAtLeast } from '../behaviour.ts';
import { optionNamed, optionNames } from '../options.ts';

/** The one option that a misspelt word was meant for; null where none is near, or more than one as near. */
export function nearOption(word: string, version: string): string | null {
  const most = word.length < 8 ? 1 : 2;
  const near = optionNames()
    .filter((name) => isAtLeast(version, optionNamed(name)?.since ?? version))
    .map((name) => ({ name, slips: slipsBetween(word.toLowerCase(), name) }))
    .filter(({ slips }) => slips <= most)
    .sort((one, other) => one.slips - other.slips);
  const [first, second] = near;
  return first && first.slips !== second?.slips ? first.name : null;
}

/** How many letters are missing, too many, others, or exchanged with their neighbours (Damerau and Levenshtein). */
function slipsBetween(one: string, other: string): number {
  const rows = [[...Array(other.length + 1).keys()]];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1];
      const swapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(one.length, other.length);
}
