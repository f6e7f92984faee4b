import type { Request } from '../machine/machine.ts';

/** Puts one question at a time, and gives each its own answer. */
export class Questions {
  readonly #show: (request: Request | null) => boolean;
  #answer: ((answer: string | null) => void) | null = null;
  #last: Promise<unknown> = Promise.resolve();

  /** `show` puts a question on the screen, null takes it off; false: nobody is there to answer. */
  constructor(show: (request: Request | null) => boolean) {
    this.#show = show;
  }

  /** Resolves to the answer; null when it was cancelled or nobody is there. */
  ask(request: Request): Promise<string | null> {
    const answer = this.#last.then(
      () =>
        new Promise<string | null>((resolve) => {
          this.#answer = resolve;
          if (!this.#show(request)) this.reply(null);
        }),
    );
    this.#last = answer;
    return answer;
  }

  /** Answers the question that is on the screen; does nothing when there is none. */
  reply(answer: string | null): void {
    const resolve = this.#answer;
    if (!resolve) return;
    this.#answer = null;
    this.#show(null);
    resolve(answer);
  }
}
