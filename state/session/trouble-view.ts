import { asTrouble } from '../../src/errors/system-trouble.ts';
import { clean, cleanLines } from '../../src/text/clean.ts';
import type { TroubleView } from '../machine/step-machine.ts';

/** An error as the screens show it. What is not a Trouble is a defect of ours, and says so. */
export function troubleView(error: unknown): TroubleView {
  const trouble = asTrouble(error);
  if (trouble !== null) {
    const { message: what, likely, next, detail } = trouble;
    return { what, likely, next, detail };
  }
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    what: 'Something went wrong inside Lockstep.',
    likely: clean(error instanceof Error ? error.message : words, 200),
    next: 'Try again. If it stays, please report it with the lines below.',
    detail: cleanLines(words, 6, 120).join('\n'),
  };
}
