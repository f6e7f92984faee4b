import type { Waiting } from '../undo/change.ts';
import type { HardenPlan } from './harden.ts';
import { confirmation } from './harden-changes.ts';
import type { Setup } from './setup.ts';
import type { Change } from './step.ts';

/** A change that a session before this one has made, and not proved: in one line. */
export const waitingDetail = (waiting: Waiting | 'reverting'): string =>
  waiting === 'reverting'
    ? 'A change that was not proved is being put back.'
    : `A change made by ${waiting.who} waits for its proof; it goes back by itself in ${waiting.secondsLeft} s.`;

/** Proved it stays, otherwise it is put back; or the user puts it back at once. */
export function waitingPlan(
  setup: Setup,
  waiting: Waiting | 'reverting',
  nothing: Pick<HardenPlan, 'candidate' | 'release' | 'rewrite' | 'notes'>,
): HardenPlan {
  const goBack: HardenPlan = { ...nothing, goBack: true, changes: [putItBack(setup)] };
  if (waiting === 'reverting') return goBack;
  return {
    ...nothing,
    waiting,
    armed: waiting.secondsLeft,
    agree: 'Prove it now, and keep it if that holds',
    changes: [confirmation(setup)],
    notes: [
      { text: waitingDetail(waiting), warning: true },
      {
        text: 'It is proved now, from outside. If that fails, it is put back at once.',
        warning: false,
      },
    ],
    otherwise: { label: 'Put it back now', plan: goBack },
  };
}

const putItBack = ({ broker }: Setup): Change => ({
  host: broker.host.name,
  action: 'run',
  command: 'put the change back',
  summary: 'put the change back: the broker serves as it did before it',
});
