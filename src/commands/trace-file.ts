import { openSync, writeSync } from 'node:fs';
import { clean } from '../clean.ts';
import type { Trace } from '../host/trace.ts';
import { Trouble } from '../trouble.ts';

/** Adds one line of JSON for each action on a machine to a file that only its owner can read. */
export function traceInto(file: string | undefined): Trace | undefined {
  if (!file) return undefined;
  const descriptor = opened(file);
  return (action) => void writeSync(descriptor, `${JSON.stringify(action)}\n`);
}

function opened(file: string): number {
  try {
    return openSync(file, 'a', 0o600);
  } catch (cause) {
    throw new Trouble(`The file ${clean(file)} for the trace cannot be written.`, {
      likely: 'Its folder does not exist, or it belongs to somebody else.',
      next: 'Name another one in LOCKSTEP_TRACE, or leave that away.',
      exitCode: 2,
      cause,
    });
  }
}
