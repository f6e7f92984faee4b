import { useEffect, useState } from 'react';
import { stepIds } from '../../src/steps/contract/ids.ts';
import { lessons } from '../../src/steps/lessons.ts';
import type { State } from '../../state/machine/machine.ts';
import type { Session } from '../../state/session/session-parts.ts';
import type { End } from './end.ts';

/**
 * Leaving. Nothing that is being changed is cut off half-way by accident: the first request waits
 * for it, Ctrl-C again does not. All else is left at once.
 */
export function useEnding(session: Session, state: State, onEnd: (how: End['how']) => void) {
  const [wanted, setWanted] = useState<End['how'] | null>(null);
  const changing = stepIds.find((id) => ['applying', 'proving'].includes(state.steps[id].phase));
  // biome-ignore lint/correctness/useExhaustiveDependencies: ends once, when the change is over
  useEffect(() => {
    if (wanted && !changing) onEnd(wanted);
  }, [wanted, changing]);
  // Nobody will answer any more what a change is waiting for.
  useEffect(() => {
    if (wanted && state.asking) session.reply(null);
  }, [wanted, state.asking, session]);

  const notice = wanted && changing ? finishing(lessons[changing].title, wanted) : '';
  return {
    notice,
    leave: () => (changing ? setWanted((before) => before ?? 'left') : onEnd('left')),
    stop: () => (changing && !wanted ? setWanted('interrupted') : onEnd('interrupted')),
  };
}

/** Short enough for the narrowest footer. */
export const finishing = (title: string, wanted: End['how']): string =>
  `Finishing "${title}" first; Ctrl-C ${wanted === 'interrupted' ? 'again ' : ''}ends it now`;
