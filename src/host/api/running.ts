import type { Readable, Writable } from 'node:stream';

/** A program that was started somewhere, with its three streams. */
export interface Running {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How it ended; rejects with HostError `lost` when the connection broke before that. */
  readonly ended: Promise<Ending>;
  /** The process that leads the program's group, there; null when it cannot be known. */
  readonly pid: Promise<number | null>;
}

/** Exit status, or the signal that ended it. */
export interface Ending {
  code: number | null;
  signal: string | null;
}

/**
 * Starts a program, on whatever machine. When `signal` aborts, a program that waits for its turn is
 * never started, and one that runs is ended with everything it started, as far as that goes.
 */
export type Start = (argv: readonly string[], signal: AbortSignal) => Promise<Running>;
