import type { Waiting } from '../../undo/change/waiting.ts';
import { armedFor } from '../contract/armed.ts';
import type { Change, Planned } from '../contract/plan.ts';
import type { Setup } from '../contract/setup.ts';
import type { Check } from '../contract/step.ts';
import { clientFiles, firstClient } from '../reach/targets.ts';
import { confirmation } from './changes.ts';
import type { HardenWork } from './plan.ts';

/** A change that a session before this one has made, and not proved. */
export const waitingCheck = (waiting: Waiting | 'reverting'): Pick<Check, 'detail' | 'armed'> =>
  waiting === 'reverting'
    ? { detail: 'Putting back what was there before was begun, and has not come to its end.' }
    : { detail: waitingWords(waiting), armed: armedFor(waiting.secondsLeft) };

// Without the seconds: it stays on the screen while they pass.
const waitingWords = ({ who, overdue }: Waiting): string =>
  overdue
    ? `A change made by ${who} waits for its proof, and nothing there puts it back by itself any more.`
    : `A change made by ${who} waits for its proof; without one it goes back by itself.`;

/**
 * Proved it stays, otherwise it is put back; or the user puts it back at once. Where there is nothing here
 * to prove it with, only that.
 */
export async function waitingPlan(
  setup: Setup,
  waiting: Waiting | 'reverting',
  nothing: HardenWork,
): Promise<Planned<HardenWork>> {
  const id = waiting === 'reverting' ? '' : waiting.id;
  const goBack: Planned<HardenWork> = {
    shown: { changes: [putItBack(setup)], notes: [] },
    work: { ...nothing, goBack: { id } },
  };
  if (waiting === 'reverting') return goBack;
  const notes = [{ text: waitingWords(waiting), warning: true }];
  const armed = armedFor(waiting.secondsLeft);
  try {
    await clientFiles(setup, firstClient(setup));
  } catch {
    const agree = 'Put it back now';
    const why = { text: onlyThere(setup), warning: true };
    return { ...goBack, shown: { ...goBack.shown, armed, agree, notes: [...notes, why] } };
  }
  const shown = {
    armed,
    agree: 'Prove it now, and keep it if that holds',
    changes: [confirmation(setup)],
    notes: [
      ...notes,
      {
        text: 'If you agree, the change is tested now, from outside. If it passes, it stays; if not, it is put back at once.',
        warning: false,
      },
    ],
    otherwise: { label: 'Put it back now', plan: goBack.shown },
  };
  return { shown, work: { ...nothing, waiting }, instead: goBack };
}

const onlyThere = (setup: Setup): string =>
  `Proving the change takes the certificate of ${firstClient(setup)}, which is not on this machine. To keep the change, run Lockstep where that certificate is.`;

const putItBack = ({ broker }: Setup): Change => ({
  host: broker.host.name,
  action: 'run',
  command: 'put the change back',
  summary: 'put the change back: the broker serves as it did before it',
});
