import { Trouble } from '../../src/errors/trouble.ts';

/**
 * What comes of some work, unless it is given up before: then it is not waited for any longer, and
 * what still comes of it goes to `late`. Only for work that may be left to itself, such as looking.
 */
export function unlessGivenUp<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  late: (value: T) => unknown = () => {},
): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(givenUp());
      work.then(late).catch(() => {});
    };
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', giveUp);
      if (!signal.aborted) act();
    };
    work.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
  });
}

export const givenUp = (): Trouble =>
  new Trouble('It was given up, as you asked.', {
    next: 'Try again when you like: what is in place already is kept.',
    exitCode: 3,
  });
