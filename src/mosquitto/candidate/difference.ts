import { createPatch } from 'diff';
import { withoutSecret } from '../config/model/secret-lines.ts';

/** The difference between two texts, as it may be shown: a secret that is another one is a change all the same. */
export function differenceShown(
  path: string,
  before: string,
  after: string,
  heads: readonly [string, string],
): string {
  return createPatch(path, before, after, ...heads)
    .split('\n')
    .map((line, index) =>
      index < 4 || !/^[ +-]/.test(line) ? line : line.charAt(0) + withoutSecret(line.slice(1)),
    )
    .join('\n');
}
