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

export const ClockContext = createContext<Clock>(wallClock);

const patience = 1000;

/**
 * Whether this has been on the screen for a second, so that a key can be meant for it; null is not on
 * the screen. What is something else, by its name, begins anew.
 */
export function useSettled(what: string | null): boolean {
  const clock = useContext(ClockContext);
  const [settled, setSettled] = useState<string | null>(null);
  useEffect(() => {
    setSettled(null);
    return what === null ? undefined : clock.after(patience, () => setSettled(what));
  }, [clock, what]);
  return what !== null && settled === what;
}
