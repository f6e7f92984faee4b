import { setTimeout as wait } from 'node:timers/promises';

/** Something that takes its time; the signal tells it that it is not wanted any more. */
export type Job = (signal: AbortSignal) => Promise<void>;

interface Turn {
  job: Job;
  cancel: AbortController;
}

/**
 * One thing at a time is done with a site, so that nothing is looked at while it is being changed.
 * What was asked for comes first; what is to be looked at waits until there is nothing else.
 */
export class Turns {
  #asked: Turn | null = null;
  /** In this order; the newest comes first. */
  #idle = new Map<string, Job>();
  #present: Turn | null = null;
  #running: Promise<void> | null = null;
  #ended = false;

  /** Of what is done now; aborted when that was given up. */
  get signal(): AbortSignal {
    return this.#present?.cancel.signal ?? AbortSignal.abort();
  }

  /** Does this next. It takes the place of what was asked for before and has not begun. */
  ask(job: Job): void {
    this.#asked = { job, cancel: new AbortController() };
    this.#start();
  }

  /** Does this when nothing is asked for, once, however often it is wanted meanwhile. */
  whenIdle(name: string, job: Job): void {
    this.#idle.delete(name);
    this.#idle = new Map([[name, job], ...this.#idle]);
    this.#start();
  }

  /** Gives up what is done now and what is asked for; each still has its turn to say so. */
  giveUp(): void {
    this.#present?.cancel.abort();
    this.#asked?.cancel.abort();
  }

  /** Begins nothing more, and waits so many seconds at most for the end of what is done now. */
  async end(seconds: number): Promise<void> {
    this.#ended = true;
    this.giveUp();
    if (!this.#running) return;
    const late = new AbortController();
    await Promise.race([
      this.#running,
      wait(seconds * 1000, undefined, { signal: late.signal, ref: false }).catch(() => {}),
    ]);
    late.abort();
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Not before whoever asks has finished what it is doing.
    await Promise.resolve();
    try {
      for (let turn = this.#next(); turn; turn = this.#next()) {
        this.#present = turn;
        await turn.job(turn.cancel.signal);
      }
    } finally {
      this.#present = null;
      this.#running = null;
    }
  }

  #next(): Turn | null {
    if (this.#ended) return null;
    const asked = this.#asked;
    this.#asked = null;
    if (asked) return asked;
    for (const [name, job] of this.#idle) {
      this.#idle.delete(name);
      return { job, cancel: new AbortController() };
    }
    return null;
  }
}
