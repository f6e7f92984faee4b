import type { Answers } from '../../../src/steps/answers/answers.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Evidence } from '../../../src/steps/contract/evidence.ts';
import type { StepId } from '../../../src/steps/contract/ids.ts';
import { stepIds } from '../../../src/steps/contract/ids.ts';
import type { Plan } from '../../../src/steps/contract/plan.ts';
import type { Check } from '../../../src/steps/contract/step.ts';
import {
  type Event,
  here,
  type State,
  type UserEvent,
  type WorldEvent,
} from '../../../state/machine/machine.ts';

export const answersA = defaultAnswers('practice');
export const answersB: Answers = { ...answersA, minimumTls: '1.2' };
export const trouble = { what: 'It broke.', likely: '', next: '', detail: '' };
export const change = { host: 'here', action: 'create', path: '/a', summary: 'create /a' } as const;
export const evidence = (pass: boolean): Evidence[] => [
  {
    id: 'e',
    title: 'e',
    expect: 'accepted',
    observed: 'accepted',
    cause: null,
    words: '',
    pass,
  },
];
export const check = (status: Check['status']): Check => ({
  status,
  detail: status,
  report: { status },
});
export const plan = (...changes: Plan['changes']): Plan => ({ changes, notes: [] });
const request = {
  kind: 'secret',
  label: 'Password',
  help: '',
  attempt: 1,
  repeat: false,
} as const;
export const broker = {
  name: 'practice',
  address: '127.0.0.1',
  version: 'Mosquitto 2.0.11',
  ports: { plain: 1883, tls: 8883 },
  caveats: [],
};

/** Everything a user can do about these steps, and everything the world can report of them. */
export const userEvents = (steps: readonly StepId[]): UserEvent[] => [
  { type: 'choose', answers: answersA },
  { type: 'welcome' },
  { type: 'act' },
  { type: 'agree' },
  { type: 'decline' },
  { type: 'retry' },
  { type: 'cancel' },
  { type: 'answer', answers: answersA },
  { type: 'answer', answers: answersB },
  ...steps.map((step) => ({ type: 'go' as const, step })),
];
export const worldEvents = (steps: readonly StepId[]): WorldEvent[] => [
  { type: 'doing', text: 'Connecting' },
  { type: 'not-opened', trouble },
  { type: 'noted', text: 'The disk is full.' },
  { type: 'noted', text: null },
  { type: 'asked', request },
  { type: 'answered' },
  ...steps.flatMap((step): WorldEvent[] => [
    { type: 'opened', broker, answers: answersA, step },
    { type: 'checking', step },
    { type: 'checked', step, check: check('done') },
    { type: 'checked', step, check: check('todo') },
    { type: 'planned', step, plan: plan() },
    { type: 'planned', step, plan: plan(change) },
    { type: 'progress', step, event: { kind: 'change', change } },
    { type: 'progress', step, event: { kind: 'progress', text: 'x' } },
    { type: 'applied', step },
    { type: 'proved', step, evidence: evidence(true) },
    { type: 'failed', step, trouble },
    { type: 'failed', step, trouble, evidence: evidence(false) },
  ]),
];

export const isUser = (event: Event): event is UserEvent =>
  ['choose', 'welcome', 'act', 'agree', 'decline', 'retry', 'cancel', 'answer', 'go'].includes(
    event.type,
  );
export const phases = (state: State) => stepIds.map((id) => state.steps[id].phase);
export const working = (state: State) =>
  stepIds.filter((id) => ['planning', 'applying', 'proving'].includes(state.steps[id].phase));
/** Nothing is under way that would go on by itself. */
export const waits = (state: State): boolean => {
  if (state.place.screen === 'opening') return state.place.trouble !== null;
  const id = here(state);
  return id === null || ['ready', 'planned', 'proved', 'failed'].includes(state.steps[id].phase);
};
