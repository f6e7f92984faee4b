import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { HostError } from '../../errors/host-error.ts';
import { clean } from '../../text/clean.ts';
import type { Ending, Running, Start } from '../api/running.ts';

export interface ExecuteOptions {
  input?: Uint8Array | string;
  /** Bytes of each output stream that are kept; the rest is read and dropped. 1 MiB unless told. */
  limit?: number;
  /** 30 unless told. */
  timeoutSeconds?: number;
  signal?: AbortSignal;
  /** What it is for, as the object of "was", for error texts: `reading /etc/passwd`. */
  doing: string;
  /** The same for a trace, where `doing` holds too much; see `Traced`. */
  traceAs?: string;
  /** The host's name, for error texts. */
  where: string;
}

export interface Output extends Ending {
  stdout: Buffer;
  stderr: Buffer;
  truncated: boolean;
}

const mebibyte = 1024 * 1024;

/** A daemon that keeps our pipes open after the program itself ended is not waited for longer. */
const silenceSeconds = 2;

/**
 * Runs a program to its end and keeps what it wrote. Rejects with HostError `timeout` or `cancelled`
 * (whether it was done is then not known), and with whatever `start` fails with.
 */
export async function execute(
  start: Start,
  argv: readonly string[],
  options: ExecuteOptions,
): Promise<Output> {
  const { signal, timeoutSeconds = 30 } = options;
  if (signal?.aborted) throw cancelled(options);
  const stop = new AbortController();
  const interrupted = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => interrupted.reject(timedOut(options, timeoutSeconds)),
    timeoutSeconds * 1000,
  );
  const onAbort = () => interrupted.reject(cancelled(options));
  signal?.addEventListener('abort', onAbort);
  try {
    return await Promise.race([follow(start, argv, options, stop.signal), interrupted.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    stop.abort();
  }
}

async function follow(
  start: Start,
  argv: readonly string[],
  { input, limit = mebibyte }: ExecuteOptions,
  signal: AbortSignal,
): Promise<Output> {
  const running = await start(argv, signal);
  const out = keep(running.stdout, limit);
  const err = keep(running.stderr, limit);
  // A program that ends without reading its input is no error; its exit status tells.
  running.stdin.on('error', () => {});
  running.stdin.end(input ?? '');
  const { code, signal: killedBy } = await running.ended;
  await Promise.race([Promise.all([out.done, err.done]), silence(running)]);
  return {
    code,
    signal: killedBy,
    stdout: out.bytes(),
    stderr: err.bytes(),
    truncated: out.truncated() || err.truncated(),
  };
}

/** Reads a stream to its end (both must always be read: an unread one blocks the program). */
function keep(stream: Readable, limit: number) {
  const chunks: Buffer[] = [];
  let kept = 0;
  let dropped = false;
  stream.on('data', (chunk: Buffer) => {
    const piece = chunk.subarray(0, limit - kept);
    if (piece.length < chunk.length) dropped = true;
    if (piece.length > 0) chunks.push(piece);
    kept += piece.length;
  });
  return {
    done: finished(stream, { writable: false }).catch(() => {}),
    bytes: () => Buffer.concat(chunks),
    truncated: () => dropped,
  };
}

/** Resolves when neither stream has brought anything for a while. */
function silence({ stdout, stderr }: Running): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(resolve, silenceSeconds * 1000);
      timer.unref();
    };
    stdout.on('data', wait);
    stderr.on('data', wait);
    wait();
  });
}

function timedOut({ doing, where }: ExecuteOptions, seconds: number): HostError {
  return new HostError('timeout', `${doing} on ${where} did not end within ${seconds} seconds.`, {
    likely: 'The machine is very busy, or what was started there waits for something.',
    next: 'Whether it was done is not known. Try again: everything is checked first.',
  });
}

function cancelled({ doing, where }: ExecuteOptions): HostError {
  return new HostError('cancelled', `${doing} on ${where} was cancelled.`, {
    next: 'Whether it was done is not known. Everything is checked before it is tried again.',
  });
}

/** A command for an error text: bounded, and on one line. */
export function shown(argv: readonly string[]): string {
  return clean(argv.join(' '), 80);
}
