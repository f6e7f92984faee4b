import type { TestHost } from '../../support/hosts/host.ts';
import { touched } from '../../support/observe/live-files.ts';
import { traced } from '../../support/observe/ssh-trace.ts';
import type { LiveFiles } from './untouched.ts';

/** Does this, and says what the brokers that were started beside the live one meanwhile did to its files. */
export async function trialsOf<T>(
  host: TestHost,
  { notTried }: LiveFiles,
  act: () => Promise<T>,
): Promise<{ done: T; trials: number; touched: string[] }> {
  let done: { is: T } | undefined;
  const processes = await traced(host, async () => {
    done = { is: await act() };
  });
  // The live one is a service, and comes of no login.
  const trials = processes.filter(
    ({ program, calls }) =>
      program.endsWith('/mosquitto') && calls.some((call) => /^bind\(/.test(call)),
  );
  if (!done) throw new Error('it was not done');
  return {
    done: done.is,
    trials: trials.length,
    touched: touched(trials, { untouched: notTried, readOnly: [] }),
  };
}
