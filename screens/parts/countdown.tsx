import { useEffect, useState } from 'react';
import type { Armed } from '../../src/steps/contract/armed.ts';
import { Row } from './lines.tsx';

/** When the broker's machine puts the change back by itself. */
export function Countdown({ armed, width }: { armed: Armed; width: number }) {
  const [, setTicks] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTicks((ticks) => ticks + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <Row line={[{ text: countdownText(secondsLeft(armed)), tone: 'warning' }]} width={width} />
  );
}

export const secondsLeft = ({ at }: Armed): number => Math.ceil((at - Date.now()) / 1000);

export const countdownText = (left: number): string =>
  left > 0
    ? `Not proved yet: it goes back by itself in ${left} s`
    : 'The time is up: it goes back by itself';
