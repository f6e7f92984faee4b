import { useEffect, useState } from 'react';
import { Row } from './lines.tsx';

/** When the broker's machine puts the change back by itself, counting from when `seconds` was told. */
export function Countdown({ seconds, width }: { seconds: number; width: number }) {
  const [passed, setPassed] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: counts from when it was told
  useEffect(() => {
    const began = performance.now();
    setPassed(0);
    const tick = () => setPassed(Math.floor((performance.now() - began) / 1000));
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return <Row line={[{ text: countdownText(seconds - passed), tone: 'warning' }]} width={width} />;
}

export const countdownText = (left: number): string =>
  left > 0
    ? `Not proved yet: it goes back by itself in ${left} s`
    : 'The time is up: it goes back by itself';
