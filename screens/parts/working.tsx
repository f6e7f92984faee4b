import { useEffect, useState } from 'react';
import { Row } from './lines.tsx';
import { useLook } from './look.tsx';

/** What is under way, with the seconds it has taken so far once it is longer than one. */
export function Working({
  what,
  width,
  stoppable,
}: {
  what: string;
  width: number;
  stoppable: boolean;
}) {
  const { glyphs } = useLook();
  const seconds = useSeconds(what);
  const after =
    seconds > 0
      ? ` ${glyphs.dot} ${seconds} s${seconds > 4 && stoppable ? ` ${glyphs.dot} Esc stops it` : ''}`
      : '';
  return (
    <Row line={[{ text: `${what} ${glyphs.ellipsis}${after}`, tone: 'accent' }]} width={width} />
  );
}

/** Whole seconds since `what` began. One redraw a second: a spinner would cost many more. */
function useSeconds(what: string): number {
  const [seconds, setSeconds] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: counts from when `what` changes
  useEffect(() => {
    const began = Date.now();
    setSeconds(0);
    const timer = setInterval(() => setSeconds(Math.floor((Date.now() - began) / 1000)), 1000);
    return () => clearInterval(timer);
  }, [what]);
  return seconds;
}
