/**
 * The name that a word was probably meant for: the one that the fewest slips make of it, `most` of them at
 * most; null where none is like it.
 */
export function nearest(
  word: string,
  names: readonly string[],
  most: (name: string) => number,
): string | null {
  const [best] = names
    .map((name) => ({ name, slips: slipsBetween(word.toLowerCase(), name) }))
    .filter(({ name, slips }) => slips <= most(name))
    .sort((one, other) => one.slips - other.slips);
  return best?.name ?? null;
}

/** How many letters are missing, too many, others, or swapped with their neighbour (Damerau and Levenshtein). */
function slipsBetween(word: string, name: string): number {
  const rows: number[][] = [Array.from({ length: name.length + 1 }, (_, at) => at)];
  const slips = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= word.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= name.length; column++) {
      const same = word[row - 1] === name[column - 1];
      const swapped = word[row - 1] === name[column - 2] && word[row - 2] === name[column - 1];
      rows[row]?.push(
        Math.min(
          slips(row - 1, column) + 1,
          slips(row, column - 1) + 1,
          slips(row - 1, column - 1) + (same ? 0 : 1),
          swapped ? slips(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return slips(word.length, name.length);
}
