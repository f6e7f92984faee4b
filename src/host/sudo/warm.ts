import { hostScript } from '../../host-scripts/script.ts';
import { quote } from '../../text/quote.ts';
import type { Running, Start } from '../api/running.ts';

/** A program that tells when it has really started; false: never, and `ended` rejects. */
export type Announced = Running & { readonly started: Promise<boolean> };

type Begin = (argv: readonly string[], signal: AbortSignal) => Promise<Announced>;

export interface WarmOptions {
  /** Starts a program, which may take several round trips. */
  start: Begin;
  /** As `start`, for one that nobody waits for yet; rejects with NoRoom rather than take a turn. */
  spare: Begin;
  /** How many are kept ready. */
  ready: number;
  /** Told why one that nobody had asked for yet ended with an error. */
  failed?: (error: unknown) => void;
}

/** There is no place just now for a program that nobody waits for. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom';
}

/** One that nobody asks for ends after this: no shell of root stands about for hours. */
const idleSeconds = 20;

interface Waiter {
  program: Promise<Announced>;
  end: AbortController;
  idle?: NodeJS.Timeout;
}

/**
 * Starts programs in shells that have been started before they were needed, so that each costs one
 * round trip instead of those for a channel, its command and a password. Each serves one program.
 */
export class Warm {
  readonly #options: WarmOptions;
  readonly #waiting = new Set<Waiter>();
  #closed = false;

  constructor(options: WarmOptions) {
    this.#options = options;
  }

  readonly start: Start = async (argv, signal) => {
    const line = Buffer.from(quote(argv)).toString('base64');
    signal.throwIfAborted();
    const waiter = this.#take() ?? this.#open(this.#options.start);
    const program = this.#programOf(waiter, signal);
    this.#refill();
    const running = await program;
    running.stdin.write(`${line}\n`);
    return running;
  };

  /**
   * Starts the first one, and some more when that has worked. Rejects when it cannot be started, and with
   * the reason of `signal` when that comes first.
   */
  async prepare(signal: AbortSignal): Promise<void> {
    const waiter = this.#open(this.#options.start);
    const late = Promise.withResolvers<never>();
    const onAbort = () => {
      waiter.end.abort(signal.reason);
      late.reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const { started, ended } = await Promise.race([waiter.program, late.promise]);
      if (!(await Promise.race([started, late.promise]))) await Promise.race([ended, late.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    this.#keep(waiter);
    this.#refill();
  }

  /** Ends those that wait. */
  dismiss(): void {
    for (const waiter of this.#waiting) this.#dismiss(waiter);
  }

  /** Ends those that wait, and keeps none ready any more. */
  close(): void {
    this.#closed = true;
    this.dismiss();
  }

  #open(start: Begin): Waiter {
    const end = new AbortController();
    const program = start(['sh', '-c', hostScript('host/wait-for-line')], end.signal);
    program.catch(() => {});
    return { program, end };
  }

  /** From now on it ends when `signal` says so. */
  async #programOf(waiter: Waiter, signal: AbortSignal): Promise<Announced> {
    signal.addEventListener('abort', () => waiter.end.abort(signal.reason), { once: true });
    try {
      return await waiter.program;
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      return this.#programOf(this.#open(this.#options.start), signal);
    }
  }

  #refill(): void {
    const { spare, ready } = this.#options;
    while (!this.#closed && this.#waiting.size < ready) this.#keep(this.#open(spare));
  }

  #keep(waiter: Waiter): void {
    const { failed } = this.#options;
    this.#waiting.add(waiter);
    waiter.idle = setTimeout(() => this.#dismiss(waiter), idleSeconds * 1000);
    waiter.idle.unref();
    waiter.program
      .then(({ ended }) => ended)
      .catch((error) => this.#waiting.has(waiter) && failed?.(error))
      .finally(() => this.#remove(waiter));
  }

  /** The one that has waited longest: it is the likeliest to be ready. */
  #take(): Waiter | undefined {
    const [waiter] = this.#waiting;
    if (waiter) this.#remove(waiter);
    return waiter;
  }

  #remove(waiter: Waiter): void {
    clearTimeout(waiter.idle);
    this.#waiting.delete(waiter);
  }

  #dismiss(waiter: Waiter): void {
    this.#remove(waiter);
    // It may be asked for a password just now, and is left to answer: it ends when it has started.
    waiter.program
      .then(({ stdin, stdout, stderr }) => {
        stdin.end();
        stdout.resume();
        stderr.resume();
      })
      .catch(() => {});
  }
}
