import { stepIds } from '../src/steps/step.ts';
import { isDone, type State } from '../state/machine.ts';

/** What stays on the ordinary screen after leaving: what was done, where it is, how to go on. */
export function lastWords(state: State): string[] {
  if (state.place.screen !== 'step') return ['Nothing was changed. Start again with: lockstep'];
  const { broker, answers, steps } = state;
  const done = stepIds.filter((id) => isDone(steps[id]));
  const all = done.length === stepIds.length;
  const name = broker?.name ?? answers.broker;
  const changes = stepIds.flatMap((id) => steps[id].changes).length;
  return [
    all
      ? `${name} is secured: only holders of a certificate get in.`
      : `${name}: ${done.length} of ${stepIds.length} steps hold. Everything so far is kept.`,
    ...(changes > 0 ? [`${changes} changes were made; "lockstep undo" puts the broker back.`] : []),
    all ? 'Check it at any time: lockstep status' : 'Go on where you left off: lockstep',
  ];
}

/** What stays on the ordinary screen while the program is stopped (Ctrl-Z). */
export function suspended(state: State): string[] {
  const { phase } = state.steps.harden;
  return [
    'Lockstep waits. "fg" goes on where you were.',
    // The practice broker has no timer.
    ...(state.answers.broker !== 'practice' && (phase === 'applying' || phase === 'proving')
      ? ['The broker does not wait: what is not proved in time, it puts back by itself.']
      : []),
  ];
}
