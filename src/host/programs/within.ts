import { HostError } from '../../errors/host-error.ts';

export interface Waited {
  seconds: number;
  /** What is waited for, as the subject of a sentence: `The lock on rock-4se`. */
  what: string;
  likely: string;
  next?: string;
}

/**
 * What `waiting` gives, or HostError `timeout` when it gives nothing in time: no answer of another machine may be waited
 * for for ever. `late` is told what came after that.
 */
export async function within<T>(
  waiting: Promise<T>,
  { seconds, what, likely, next = 'Look how that machine is, then try again.' }: Waited,
  late: (value: T) => void = () => {},
): Promise<T> {
  const over = Promise.withResolvers<never>();
  let given = false;
  const timer = setTimeout(() => {
    given = true;
    const words = `${what} did not answer within ${seconds} seconds.`;
    over.reject(new HostError('timeout', words, { likely, next }));
  }, seconds * 1000);
  waiting.then(
    (value) => given && late(value),
    () => {},
  );
  try {
    return await Promise.race([waiting, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
