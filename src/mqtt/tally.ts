const seconds = 20;

/** Counts messages, in all and for each of the last 20 seconds. */
export class Tally {
  messages = 0;
  bytes = 0;
  readonly #perSecond: number[] = new Array(seconds).fill(0);
  #second = 0;

  /** `now` in milliseconds since 1970. */
  add(bytes: number, now: number): void {
    this.#advance(now);
    this.messages++;
    this.bytes += bytes;
    const slot = this.#second % seconds;
    this.#perSecond[slot] = (this.#perSecond[slot] ?? 0) + 1;
  }

  /** Messages in each of the last whole seconds, the oldest first. */
  perSecond(now: number): number[] {
    this.#advance(now);
    return Array.from(
      { length: seconds - 1 },
      (_, index) => this.#perSecond[(this.#second + 1 + index) % seconds] ?? 0,
    );
  }

  /** Messages a second, over the last five whole seconds. */
  rate(now: number): number {
    return (
      this.perSecond(now)
        .slice(-5)
        .reduce((sum, count) => sum + count, 0) / 5
    );
  }

  #advance(now: number): void {
    const second = Math.floor(now / 1000);
    // A clock set back must not empty the counts.
    if (second <= this.#second) return;
    const from = Math.max(this.#second + 1, second - seconds + 1);
    for (let each = from; each <= second; each++) this.#perSecond[each % seconds] = 0;
    this.#second = second;
  }
}
