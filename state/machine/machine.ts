import { isDeepStrictEqual } from 'node:util';
import type { Answers } from '../../src/steps/answers/answers.ts';
import type { StepId } from '../../src/steps/contract/ids.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import {
  arrivedAt,
  endsChange,
  fresh,
  outdated,
  reported,
  type StepReport,
  type StepState,
  type StepWish,
  type TroubleView,
  wished,
  working,
} from './step-machine.ts';

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
  /** The words that start this program again. */
  command: string;
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

/** A question that only the user can answer, in the middle of something. */
export type Request =
  | {
      kind: 'secret';
      label: string;
      help: string;
      attempt: number;
      /** A new one is typed twice. */
      repeat: boolean;
      /** So many characters at least. */
      shortest?: number;
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
  | { type: 'go'; step: StepId }
  | { type: 'answer'; answers: Answers }
  | StepWish;

export type WorldEvent =
  | { type: 'doing'; text: string }
  | { type: 'opened'; broker: BrokerView; answers: Answers; step: StepId }
  | { type: 'not-opened'; trouble: TroubleView }
  | { type: 'noted'; text: string | null }
  | { type: 'asked'; request: Request }
  | { type: 'answered' }
  | StepReport;

export function initial(answers: Answers, command = 'lockstep'): State {
  return {
    place: { screen: 'welcome' },
    answers,
    broker: null,
    steps: Object.fromEntries(stepIds.map((id) => [id, fresh])) as Record<StepId, StepState>,
    asking: null,
    note: null,
    command,
  };
}

/** The step that is on the screen, or null. */
export const here = (state: State): StepId | null =>
  state.place.screen === 'step' ? state.place.step : null;

/** Whether the broker is being reached now. */
export const reaching = ({ place }: State): boolean =>
  place.screen === 'opening' && place.trouble === null;

/** The step after this one, or null after the last. */
export const next = (step: StepId): StepId | null => stepIds[stepIds.indexOf(step) + 1] ?? null;
export const previous = (step: StepId): StepId | null => stepIds[stepIds.indexOf(step) - 1] ?? null;

/** A step may be opened when all before it are done, or when it is before the present one. */
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
  const { place } = state;
  switch (event.type) {
    case 'choose':
      if (place.screen !== 'welcome') return state;
      return { ...initial(event.answers, state.command), place: beginning };
    case 'welcome':
      return place.screen === 'welcome' || atWork(state)
        ? state
        : initial(state.answers, state.command);
    case 'doing':
      return place.screen === 'opening' && reaching(state) && event.text !== place.doing
        ? { ...state, place: { ...place, doing: event.text } }
        : state;
    case 'opened': {
      if (!reaching(state)) return state;
      const { broker, answers, step } = event;
      return { ...state, broker, answers, place: { screen: 'step', step }, asking: null };
    }
    case 'not-opened':
      return place.screen === 'opening' && reaching(state)
        ? { ...state, place: { ...place, trouble: event.trouble }, asking: null }
        : state;
    case 'noted':
      return event.text === state.note ? state : { ...state, note: event.text };
    case 'asked':
      return reaching(state) || here(state) ? { ...state, asking: event.request } : state;
    case 'answered':
      return state.asking ? { ...state, asking: null } : state;
    case 'go':
      return go(state, event.step);
    case 'answer':
      if (!here(state) || atWork(state) || isDeepStrictEqual(event.answers, state.answers))
        return state;
      return { ...state, answers: event.answers, steps: everyStep(state, outdated) };
    case 'retry':
      if (place.screen === 'opening' && place.trouble) return { ...state, place: beginning };
      return onStep(state, event);
    case 'act':
    case 'agree':
    case 'decline':
    case 'cancel':
      return onStep(state, event);
    default:
      return onReport(state, event);
  }
}

const beginning: Place = { screen: 'opening', doing: '', trouble: null };

/** Whoever leaves a plan has not agreed to it; by the time of coming back it may be out of date. */
function go(state: State, step: StepId): State {
  const from = here(state);
  if (from === null || from === step || atWork(state) || !mayGo(state, step)) return state;
  const left = wished(state.steps[from], { type: 'decline' });
  const place: Place = { screen: 'step', step };
  return { ...withStep(withStep(state, from, left), step, arrivedAt(state.steps[step])), place };
}

function onStep(state: State, wish: StepWish): State {
  const id = here(state);
  if (id === null) return state;
  return withStep(state, id, wished(state.steps[id], wish));
}

function onReport(state: State, report: StepReport): State {
  if (here(state) === null) return state;
  const before = state.steps[report.step];
  const world = endsChange(before, report)
    ? { ...state, steps: everyStep(state, outdated) }
    : state;
  const after = withStep(world, report.step, reported(before, report));
  // What has failed waits for no answer any more.
  return after !== state && report.type === 'failed' ? { ...after, asking: null } : after;
}

function withStep(state: State, id: StepId, step: StepState): State {
  return step === state.steps[id] ? state : { ...state, steps: { ...state.steps, [id]: step } };
}

function everyStep(state: State, change: (step: StepState) => StepState): State['steps'] {
  return Object.fromEntries(stepIds.map((id) => [id, change(state.steps[id])])) as State['steps'];
}

/** While something is planned, changed or proved, the session stays where it is. */
const atWork = (state: State): boolean => stepIds.some((id) => working(state.steps[id].phase));
