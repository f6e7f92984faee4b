import type { Answers } from '../src/steps/answers.ts';
import {
  type Change,
  type Check,
  type Evidence,
  type Plan,
  type StepEvent,
  type StepId,
  stepIds,
} from '../src/steps/step.ts';

/** Everything a guided session shows. Nothing secret is ever in it. */
export interface State {
  place: Place;
  answers: Answers;
  /** The broker once it has been reached. */
  broker: BrokerView | null;
  steps: Record<StepId, StepState>;
  /** What is being asked just now (a password, a passphrase, a host key); null otherwise. */
  asking: Request | null;
  /** Something the user should know that stops nothing; null when there is nothing to say. */
  note: string | null;
}

export type Place =
  | { screen: 'welcome' }
  | { screen: 'opening'; doing: string; trouble: TroubleView | null }
  | { screen: 'step'; step: StepId };

export interface BrokerView {
  name: string;
  address: string;
  version: string;
  ports: { plain: number; tls: number };
  caveats: string[];
}

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
}

export interface TroubleView {
  what: string;
  likely: string;
  next: string;
  detail: string;
}

/** A question that only the user can answer, in the middle of something. */
export type Request =
  | {
      kind: 'secret';
      label: string;
      help: string;
      attempt: number;
      mayBeEmpty: boolean;
      repeat: boolean;
    }
  | {
      kind: 'choice';
      label: string;
      help: string;
      lines: string[];
      choices: { value: string; label: string }[];
      /** The choice that is marked at first; left out, the first one. */
      safe?: string;
    };

export type Event = UserEvent | WorldEvent;

export type UserEvent =
  /** On the welcome screen: this broker. */
  | { type: 'choose'; answers: Answers }
  | { type: 'welcome' }
  /** Does what the step is for: plans it, and asks before anything is changed. */
  | { type: 'act' }
  | { type: 'agree' }
  | { type: 'decline' }
  | { type: 'retry' }
  /** Gives up what is under way; what it then reports is what counts. */
  | { type: 'cancel' }
  | { type: 'go'; step: StepId }
  | { type: 'answer'; answers: Answers };

export type WorldEvent =
  | { type: 'doing'; text: string }
  | { type: 'opened'; broker: BrokerView; answers: Answers; step: StepId }
  | { type: 'not-opened'; trouble: TroubleView }
  | { type: 'checking'; step: StepId }
  | { type: 'checked'; step: StepId; check: Check }
  | { type: 'planned'; step: StepId; plan: Plan }
  | { type: 'progress'; step: StepId; event: StepEvent }
  | { type: 'applied'; step: StepId }
  | { type: 'proved'; step: StepId; evidence: Evidence[] }
  | { type: 'failed'; step: StepId; trouble: TroubleView; evidence?: Evidence[] }
  | { type: 'noted'; text: string | null }
  | { type: 'asked'; request: Request }
  | { type: 'answered' };

const fresh: StepState = {
  phase: 'unknown',
  check: null,
  plan: null,
  progress: [],
  changes: [],
  evidence: [],
  trouble: null,
};

export function initial(answers: Answers): State {
  return {
    place: { screen: 'welcome' },
    answers,
    broker: null,
    steps: Object.fromEntries(stepIds.map((id) => [id, fresh])) as Record<StepId, StepState>,
    asking: null,
    note: null,
  };
}

/** Whether work is under way that must not be started twice or navigated away from. */
export const busy = (phase: Phase): boolean =>
  phase === 'checking' || phase === 'planning' || phase === 'applying' || phase === 'proving';

/** The step that is on the screen, or null. */
export const here = (state: State): StepId | null =>
  state.place.screen === 'step' ? state.place.step : null;

/** The step after this one, or null after the last. */
export const next = (step: StepId): StepId | null => stepIds[stepIds.indexOf(step) + 1] ?? null;
export const previous = (step: StepId): StepId | null => stepIds[stepIds.indexOf(step) - 1] ?? null;

/** A step may be opened when all before it are done, or when it has been reached once already. */
export function mayGo(state: State, step: StepId): boolean {
  const before = stepIds.slice(0, stepIds.indexOf(step));
  const current = here(state);
  if (current !== null && stepIds.indexOf(step) <= stepIds.indexOf(current)) return true;
  return before.every((id) => isDone(state.steps[id]));
}

export const isDone = (step: StepState): boolean => step.check?.status === 'done';

/**
 * The whole of what can happen, as one pure function. An event that makes no sense in a state
 * changes nothing: the same object comes back.
 */
export function transition(state: State, event: Event): State {
  switch (event.type) {
    case 'choose':
      if (state.place.screen !== 'welcome') return state;
      return {
        ...initial(event.answers),
        place: { screen: 'opening', doing: '', trouble: null },
      };
    case 'welcome':
      return anyBusy(state) ? state : initial(state.answers);
    case 'doing':
      return state.place.screen === 'opening'
        ? { ...state, place: { ...state.place, doing: event.text } }
        : state;
    case 'opened':
      if (state.place.screen !== 'opening') return state;
      return {
        ...state,
        broker: event.broker,
        answers: event.answers,
        place: { screen: 'step', step: event.step },
        asking: null,
      };
    case 'not-opened':
      if (state.place.screen !== 'opening') return state;
      return { ...state, place: { ...state.place, trouble: event.trouble }, asking: null };
    case 'noted':
      return { ...state, note: event.text };
    case 'asked':
      return { ...state, asking: event.request };
    case 'answered':
      return state.asking ? { ...state, asking: null } : state;
    case 'go':
      if (anyApplying(state) || !mayGo(state, event.step) || here(state) === null) return state;
      return { ...state, place: { screen: 'step', step: event.step } };
    case 'answer':
      return anyApplying(state) ? state : { ...state, answers: event.answers };
    case 'cancel':
      return state;
    case 'retry':
      return retry(state);
    case 'act':
      return onStep(state, (step) =>
        step.phase === 'ready' || step.phase === 'proved' || step.phase === 'failed'
          ? { ...fresh, check: step.check, phase: 'planning' }
          : step,
      );
    case 'agree':
      return onStep(state, (step) =>
        step.phase === 'planned' ? { ...step, phase: 'applying' } : step,
      );
    case 'decline':
      return onStep(state, (step) =>
        step.phase === 'planned' ? { ...step, phase: 'ready', plan: null } : step,
      );
    default:
      return progress(state, event);
  }
}

/** What the world reports of a step. */
function progress(
  state: State,
  event: Exclude<
    WorldEvent,
    { type: 'doing' | 'opened' | 'not-opened' | 'noted' | 'asked' | 'answered' }
  >,
): State {
  const step = state.steps[event.step];
  const set = (change: Partial<StepState>): State => ({
    ...state,
    steps: { ...state.steps, [event.step]: { ...step, ...change } },
  });
  switch (event.type) {
    case 'checking':
      // A check after the proof must not take the proof off the screen.
      return step.phase === 'unknown' || step.phase === 'ready'
        ? set({ phase: 'checking' })
        : state;
    case 'checked':
      if (step.phase === 'checking') return set({ phase: 'ready', check: event.check });
      return set({ check: event.check });
    case 'planned':
      if (step.phase !== 'planning') return state;
      // Nothing to agree to: what only looks or proves goes on by itself.
      return set({
        plan: event.plan,
        phase: event.plan.changes.length > 0 ? 'planned' : 'applying',
      });
    case 'progress':
      if (step.phase !== 'applying') return state;
      return event.event.kind === 'change'
        ? set({ changes: [...step.changes, event.event.change] })
        : set({ progress: [...step.progress, event.event.text].slice(-50) });
    case 'applied':
      return step.phase === 'applying' ? set({ phase: 'proving' }) : state;
    case 'proved':
      return step.phase === 'proving' ? set({ phase: 'proved', evidence: event.evidence }) : state;
    case 'failed':
      if (!busy(step.phase)) return state;
      return {
        ...set({ phase: 'failed', trouble: event.trouble, evidence: event.evidence ?? [] }),
        asking: null,
      };
  }
}

function retry(state: State): State {
  if (state.place.screen === 'opening' && state.place.trouble)
    return { ...state, place: { screen: 'opening', doing: '', trouble: null } };
  return onStep(state, (step) =>
    step.phase === 'failed'
      ? { ...fresh, check: step.check, phase: step.check ? 'planning' : 'unknown' }
      : step.phase === 'ready' && step.check?.status !== 'done'
        ? { ...step, phase: 'unknown' }
        : step,
  );
}

function onStep(state: State, change: (step: StepState) => StepState): State {
  const id = here(state);
  if (id === null || anyApplying(state)) return state;
  const step = change(state.steps[id]);
  return step === state.steps[id] ? state : { ...state, steps: { ...state.steps, [id]: step } };
}

const anyBusy = (state: State): boolean => stepIds.some((id) => busy(state.steps[id].phase));

/** While something is being changed or proved the session stays where it is. */
const anyApplying = (state: State): boolean =>
  stepIds.some((id) => ['applying', 'proving', 'planning'].includes(state.steps[id].phase));
