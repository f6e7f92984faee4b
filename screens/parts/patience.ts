import { createContext, useContext, useEffect, useState } from 'react';

/** Waits; a test has one that waits as it is told. */
export interface Clock {
  /** Acts after so many milliseconds; returns how to give that up. */
  after(milliseconds: number, act: () => void): () => void;
}

export const wallClock: Clock = {
  after(milliseconds, act) {
    const timer = setTimeout(act, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** So long something stands before it can be agreed to, in milliseconds. */
export const second = 1000;
/** Somebody who presses keys one after the other pauses for less than this, in milliseconds. */
export const pause = 400;

export const ClockContext = createContext<Clock>(wallClock);

/**
 * Whether this has been on the screen for so many milliseconds; null is not on the screen. What is
 * something else, by its name, begins anew.
 */
export function useSettled(what: string | null, milliseconds: number): boolean {
  const clock = useContext(ClockContext);
  const [settled, setSettled] = useState<string | null>(null);
  useEffect(() => {
    setSettled(null);
    return what === null ? undefined : clock.after(milliseconds, () => setSettled(what));
  }, [clock, what, milliseconds]);
  return what !== null && settled === what;
}
