import { constants, openSync, writeSync } from 'node:fs';
import { Trouble } from '../errors/trouble.ts';
import type { Trace } from '../host/api/trace.ts';
import { clean } from '../text/clean.ts';

/** Adds one line of JSON for each action on a machine to a file that only its owner can read. */
export function traceInto(file: string | undefined): Trace | undefined {
  if (!file) return undefined;
  const descriptor = opened(file);
  return (action) => {
    try {
      writeSync(descriptor, `${JSON.stringify(action)}\n`);
    } catch (error) {
      // Nothing waits for whoever does not read a pipe.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  };
}

const how = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

function opened(file: string): number {
  try {
    return openSync(file, how, 0o600);
  } catch (cause) {
    throw new Trouble(`The file ${clean(file)} for the trace cannot be written.`, {
      likely:
        'Its folder does not exist, it belongs to somebody else, or it is a pipe that nobody reads.',
      next: 'Name another one in LOCKSTEP_TRACE, or leave that away.',
      exitCode: 2,
      cause,
    });
  }
}
