import { cleanLines } from '../clean.ts';
import { Trouble } from '../trouble.ts';

/** An error as lines for people: what happened, the likely cause, what to do. */
export function troubleText(error: unknown): string[] {
  if (!(error instanceof Trouble)) {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [
      'Something went wrong inside Lockstep. Please report these lines:',
      ...cleanLines(words, 12),
    ];
  }
  return [
    error.message,
    ...(error.detail ? error.detail.split('\n').map((line) => `    ${line}`) : []),
    ...(error.likely ? [`Likely: ${error.likely}`] : []),
    ...(error.next ? [`Next:   ${error.next}`] : []),
  ];
}
