import { type ChildProcess, spawn } from 'node:child_process';

export interface ProgramOptions {
  /** Given to standard input, which is then closed. Without it: empty. */
  input?: Uint8Array | string;
  env?: Record<string, string | undefined>;
  /** Killed after this many seconds (60 unless told). */
  timeoutSeconds?: number;
}

export interface ProgramResult {
  /** Exit status; null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Standard output as it came. */
  bytes: Buffer;
}

/** Runs a program to its end, whatever its exit status. Rejects when it cannot be started. */
export function program(
  argv: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const [file = '', ...rest] = argv;
    const child = spawn(file, rest, {
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: (options.timeoutSeconds ?? 60) * 1000,
      killSignal: 'SIGKILL',
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => {}); // it ended without reading its input: its own affair
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code) => {
      const bytes = Buffer.concat(out);
      resolve({ code, bytes, stdout: bytes.toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}

/** As `program`, but anything other than exit status 0 is an error; gives standard output. */
export async function succeed(
  argv: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await program(argv, options);
  if (code === 0) return stdout;
  const words = (stderr + stdout).trim().split('\n').slice(-15).join('\n');
  throw new Error(`${argv.slice(0, 12).join(' ')} ended with ${code ?? 'a signal'}:\n${words}`);
}

/** Resolves when the child has ended; at once if it already has. */
export function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
  });
}

/**
 * Asks again until there is an answer that counts as true, and gives it: after 20 ms, and then ever more seldom, for a
 * question often starts programs; no later than a tenth of what was waited for so far.
 * An error names what was waited for, with `why()` for the circumstances.
 */
export async function until<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  why: () => string = () => '',
): Promise<T> {
  const begun = Date.now();
  const end = begun + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}. ${why()}`.trim());
    await new Promise((resolve) => setTimeout(resolve, pause(Date.now() - begun)));
  }
}

const pause = (waited: number) => Math.min(500, Math.max(20, waited / 10));
