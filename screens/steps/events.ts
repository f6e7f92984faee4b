import type { StepId } from '../../src/steps/contract/ids.ts';
import { next, previous, type State, type UserEvent } from '../../state/machine/machine.ts';
import { closePlainPort, type StepAction } from './actions.ts';

/** What choosing this asks of the session; null for what the screen itself does (answers, commands, save, leave). */
export function eventOf(action: StepAction, state: State, id: StepId): UserEvent | null {
  switch (action) {
    case 'act':
    case 'agree':
    case 'decline':
    case 'retry':
    case 'welcome':
      return { type: action };
    case 'otherwise':
      return { type: 'agree', otherwise: true };
    case 'next':
      return goTo(next(id));
    case 'close-plain':
      return closePlainPort(state);
    case 'answers':
      // What was planned was planned for the answers that there are.
      return state.steps[id].phase === 'planned' ? { type: 'decline' } : null;
    default:
      return null;
  }
}

/** What going back asks of the session: a plan is not carried out; else it is the step before. */
export const backFrom = (state: State, id: StepId): UserEvent | null =>
  state.steps[id].phase === 'planned' ? { type: 'decline' } : goTo(previous(id));

const goTo = (step: StepId | null | undefined): UserEvent | null =>
  step ? { type: 'go', step } : null;
