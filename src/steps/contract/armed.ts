/** A change in place that the broker's machine puts back by itself, unless it is proved in time. */
export interface Armed {
  /** From when it was learnt. */
  seconds: number;
  /** When, by this machine's clock: milliseconds since 1970. */
  at: number;
}

/** Counts from now, not from when it is shown. */
export const armedFor = (seconds: number): Armed => ({
  seconds,
  at: Date.now() + seconds * 1000,
});
