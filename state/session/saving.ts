import { troubleView } from './trouble-view.ts';

/** What is remembered, written one after the other. A store that cannot be written must not stop the work. */
export class Saving {
  readonly #note: (text: string | null) => void;
  #last: Promise<unknown> = Promise.resolve();
  #failed = false;

  /** `note` is told what did not come off, and null when the next one has. */
  constructor(note: (text: string | null) => void) {
    this.#note = note;
  }

  add(save: () => Promise<unknown>): void {
    this.#last = this.#last.then(save).then(
      () => {
        if (this.#failed) this.#note(null);
        this.#failed = false;
      },
      (error) => {
        this.#failed = true;
        this.#note(troubleView(error).what);
      },
    );
  }

  /** Resolves when all that was added is written, or has failed. */
  async done(): Promise<void> {
    await this.#last;
  }
}
