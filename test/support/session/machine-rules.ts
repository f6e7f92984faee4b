import { stepIds } from '../../../src/steps/contract/ids.ts';
import { type Event, here, mayGo, type State } from '../../../state/machine/machine.ts';
import { isUser, phases, working } from './machine-events.ts';

/** What holds in every state. */
export function expectSound(state: State): void {
  const at = here(state);
  const busy = working(state);
  // Work that the user asked for is one, and it is on the screen.
  if (busy.length > 0 && !(busy.length === 1 && busy[0] === at))
    throw new Error(`work out of sight: ${phases(state)}`);
  if (at !== null && state.broker === null) throw new Error('on a step without a broker');
  for (const id of stepIds) {
    const { phase, plan: made, trouble: why, evidence: proof, check: seen } = state.steps[id];
    const wrong = (what: string) => {
      throw new Error(`${id} is ${phase} ${what}`);
    };
    if (['planned', 'applying', 'proving', 'proved'].includes(phase) !== (made !== null)) {
      // A failure keeps the plan that failed, if it came so far.
      if (phase !== 'failed') wrong(made ? 'with a plan' : 'without a plan');
    }
    if (phase === 'planned' && made?.changes.length === 0) wrong('with nothing to agree to');
    if ((phase === 'failed') !== (why !== null)) wrong('and its trouble does not fit');
    if (proof.length > 0 && phase !== 'proved' && phase !== 'failed') wrong('with evidence');
    if (phase === 'ready' && seen === null) wrong('without having been looked at');
    if (at === null && phase !== 'unknown') wrong('while no broker is open');
  }
}

/** What holds of every event in every state. */
export function expectProper(before: State, event: Event, after: State): void {
  if (after === before) return;
  const [from, to] = [here(before), here(after)];
  const acting = from === null ? null : before.steps[from];
  const worldChanged =
    acting?.phase === 'applying' &&
    from !== null &&
    after.steps[from].phase !== 'applying' &&
    (acting.plan?.changes.length ?? 0) > 0;
  for (const id of stepIds) {
    const [then, now] = [before.steps[id], after.steps[id]];
    if (isUser(event)) {
      // Only the world ends a change or a proof, and nobody begins one without a plan.
      if (then.phase === 'applying' || then.phase === 'proving')
        throw new Error('cut off by a key');
      if (now.phase === 'applying' && then.phase !== 'planned')
        throw new Error('no plan was shown');
      if (now.phase === 'applying' && now.plan !== then.plan) throw new Error('another plan');
    }
    const leavesBroker = event.type === 'welcome' || event.type === 'choose';
    if (leavesBroker) continue;
    if (then.check !== null && now.check === null) throw new Error('a check was lost');
    const anew = event.type === 'act' || event.type === 'retry' || event.type === 'answer';
    if (!anew && now.changes.length < then.changes.length) throw new Error('changes were lost');
    // Evidence is of its moment: it ends when one comes back to it, when a later look says otherwise,
    // and for every step when the world was changed.
    const ends =
      anew ||
      (event.type === 'go' && id === to) ||
      (event.type === 'checked' && id === event.step && event.check.status !== 'done') ||
      worldChanged;
    if (!ends && then.evidence.length > 0 && now.evidence !== then.evidence)
      throw new Error('evidence was lost');
    if (worldChanged && id !== from && now.phase !== 'unknown')
      throw new Error('what was seen before the change still stands');
    if (now.phase === 'proved' && now.check && now.check !== then.check)
      if (now.check.status !== 'done') throw new Error('a proof stands against what was seen');
    if (event.type !== 'go' && id !== from && !('step' in event) && event.type !== 'answer')
      if (now !== then) throw new Error('another step was changed');
    if (event.type === 'answer' && (now.plan || now.evidence.length > 0 || now.trouble))
      throw new Error('what was planned or proved with other answers stayed');
  }
  if (event.type === 'go' && (to !== event.step || !mayGo(before, event.step)))
    throw new Error('went where it may not');
  if (!isUser(event) && event.type !== 'opened' && from !== to) throw new Error('moved by itself');
  if (before.asking && !after.asking) {
    const ends = ['answered', 'failed', 'opened', 'not-opened', 'welcome', 'choose'];
    if (!ends.includes(event.type)) throw new Error(`a question was lost by ${event.type}`);
  }
}
