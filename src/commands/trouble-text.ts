import { asTrouble } from '../errors/system-trouble.ts';
import { cleanLines } from '../text/clean.ts';

/** An error as lines for people: what happened, the likely cause, what to do. */
export function troubleText(error: unknown): string[] {
  const trouble = asTrouble(error);
  if (trouble === null) {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [
      'Something went wrong inside Lockstep. Please report these lines:',
      ...cleanLines(words, 12),
    ];
  }
  return [
    trouble.message,
    ...(trouble.detail ? trouble.detail.split('\n').map((line) => `    ${line}`) : []),
    ...(trouble.likely ? [`Likely: ${trouble.likely}`] : []),
    ...(trouble.next ? [`Next:   ${trouble.next}`] : []),
  ];
}
