import type { Armed } from '../../src/steps/contract/armed.ts';
import type { StepNews } from '../../src/steps/contract/events.ts';
import type { Evidence } from '../../src/steps/contract/evidence.ts';
import type { StepId } from '../../src/steps/contract/ids.ts';
import type { Change, Plan } from '../../src/steps/contract/plan.ts';
import type { Check } from '../../src/steps/contract/step.ts';

/**
 * Where a step is. `checking`, `planning`, `applying` and `proving` are under way; the others wait
 * for the user.
 */
export type Phase =
  | 'unknown'
  | 'checking'
  | 'ready'
  | 'planning'
  | 'planned'
  | 'applying'
  | 'proving'
  | 'proved'
  | 'failed';

export interface StepState {
  phase: Phase;
  check: Check | null;
  plan: Plan | null;
  /** What `apply` has said so far. */
  progress: string[];
  /** What has been changed so far. */
  changes: Change[];
  evidence: Evidence[];
  trouble: TroubleView | null;
  /** The broker's machine puts the change back by itself, unless it is proved; null: it does not. */
  armed: Armed | null;
}

export interface TroubleView {
  what: string;
  likely: string;
  next: string;
  detail: string;
}

/** What the world reports of a step. */
export type StepReport =
  | { type: 'checking'; step: StepId }
  | { type: 'checked'; step: StepId; check: Check }
  | { type: 'planned'; step: StepId; plan: Plan }
  | { type: 'progress'; step: StepId; event: StepNews }
  | { type: 'applied'; step: StepId }
  | { type: 'proved'; step: StepId; evidence: Evidence[] }
  | { type: 'failed'; step: StepId; trouble: TroubleView; evidence?: Evidence[] };

/** What the user does about the step on the screen. */
export type StepWish =
  /** Does what the step is for: plans it, and asks before anything is changed. */
  | { type: 'act' }
  /** `otherwise`: to what the plan offers instead. */
  | { type: 'agree'; otherwise?: true }
  | { type: 'decline' }
  | { type: 'retry' }
  /** Gives up what is under way. A change that has begun is not cut off: what it reports counts. */
  | { type: 'cancel' };

export const fresh: StepState = {
  phase: 'unknown',
  check: null,
  plan: null,
  progress: [],
  changes: [],
  evidence: [],
  trouble: null,
  armed: null,
};

/** Whether work on a step is under way. */
export const busy = (phase: Phase): boolean => phase === 'checking' || working(phase);

/** Whether it is work that the user has asked for; of that there is never more than one. */
export const working = (phase: Phase): boolean =>
  phase === 'planning' || phase === 'applying' || phase === 'proving';

/**
 * With other answers, or in a world that was changed, a plan, a proof or a failure says nothing any
 * more; what was seen is looked at again.
 */
export const outdated = (step: StepState): StepState =>
  step.phase === 'unknown' ? step : { ...fresh, check: step.check, changes: step.changes };

/** A step that one comes to is looked at anew, and offers nothing before; only a failure waits as it was. */
export const arrivedAt = (step: StepState): StepState =>
  step.phase === 'ready' || step.phase === 'proved' ? outdated(step) : step;

/** Whether this ends a change of the world, whole or in part: what other steps saw before was before it. */
export const endsChange = ({ phase, plan }: StepState, { type }: StepReport): boolean =>
  phase === 'applying' &&
  (type === 'applied' || type === 'failed') &&
  plan !== null &&
  plan.changes.length > 0;

/** A step after what the user wants of it. The same object when that makes no sense. */
export function wished(step: StepState, wish: StepWish): StepState {
  const { type } = wish;
  const otherwise = type === 'agree' && wish.otherwise;
  const { phase, check } = step;
  const planning: StepState = { ...fresh, check, phase: 'planning' };
  switch (type) {
    case 'act':
      // What could not even be looked at cannot be planned: that is for `retry`.
      return check && (phase === 'ready' || phase === 'proved' || phase === 'failed')
        ? planning
        : step;
    case 'agree':
      if (phase !== 'planned') return step;
      if (!otherwise) return { ...step, phase: 'applying' };
      return step.plan?.otherwise
        ? { ...step, phase: 'applying', plan: step.plan.otherwise.plan }
        : step;
    case 'decline':
      return phase === 'planned' ? { ...step, phase: 'ready', plan: null } : step;
    case 'cancel':
      // Nothing is changed while planning, so it can simply be left.
      return phase === 'planning' ? { ...step, phase: check ? 'ready' : 'unknown' } : step;
    case 'retry':
      if (phase === 'failed') return check ? planning : fresh;
      return phase === 'ready' && check?.status !== 'done' ? { ...step, phase: 'unknown' } : step;
  }
}

function told(step: StepState, event: StepNews): StepState {
  switch (event.kind) {
    case 'change':
      return { ...step, changes: [...step.changes, event.change] };
    case 'armed':
      return { ...step, armed: event.armed };
    case 'progress':
      return { ...step, progress: [...step.progress, event.text].slice(-50) };
  }
}

/** A step after what the world reports of it. The same object when that makes no sense. */
export function reported(step: StepState, event: StepReport): StepState {
  const { phase } = step;
  switch (event.type) {
    case 'checking':
      // A check after the proof must not take the proof off the screen.
      return phase === 'unknown' || phase === 'ready' ? { ...step, phase: 'checking' } : step;
    case 'checked':
      // Unknown: what was looked at was with answers that have changed since.
      if (phase === 'unknown') return step;
      // A proof stands as long as a later look does not say otherwise.
      if (phase === 'proved' && event.check.status !== 'done')
        return { ...outdated(step), check: event.check, phase: 'ready' };
      if (phase !== 'checking') return { ...step, check: event.check };
      return { ...step, check: event.check, armed: event.check.armed ?? null, phase: 'ready' };
    case 'planned':
      if (phase !== 'planning') return step;
      // Nothing to agree to: what only looks or proves goes on by itself.
      return {
        ...step,
        plan: event.plan,
        armed: event.plan.armed ?? null,
        phase: event.plan.changes.length > 0 ? 'planned' : 'applying',
      };
    case 'progress':
      if (phase !== 'applying') return step;
      return told(step, event.event);
    case 'applied':
      return phase === 'applying' ? { ...step, phase: 'proving' } : step;
    case 'proved':
      return phase === 'proving' ? { ...step, phase: 'proved', evidence: event.evidence } : step;
    case 'failed':
      if (!busy(phase)) return step;
      return {
        ...step,
        phase: 'failed',
        trouble: event.trouble,
        evidence: event.evidence ?? [],
        armed: null,
      };
  }
}
