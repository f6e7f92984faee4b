import type { Request } from '../../state/machine/machine.ts';

/** Why this cannot be the secret that is asked for, or null; the same where there are no screens. */
export function unusable(
  { shortest = 0 }: Extract<Request, { kind: 'secret' }>,
  text: string,
): string | null {
  if (text === '') return 'It cannot be empty.';
  return [...text].length < shortest ? `At least ${shortest} characters, please.` : null;
}
