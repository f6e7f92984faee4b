import type { StepId } from '../../src/steps/contract/ids.ts';
import type { Plan } from '../../src/steps/contract/plan.ts';
import type { Question } from '../../src/steps/contract/question.ts';
import type { HardenReport } from '../../src/steps/harden/plan.ts';
import { lessons } from '../../src/steps/lessons.ts';
import { isDone, mayGo, next, type State, type UserEvent } from '../../state/machine/machine.ts';
import { busy } from '../../state/machine/step-machine.ts';
import type { MenuItem } from '../parts/menu.tsx';

/** What can be chosen on a step's screen. */
export type StepAction =
  | 'act'
  | 'agree'
  | 'otherwise'
  | 'decline'
  | 'retry'
  | 'next'
  | 'answers'
  | 'close-plain'
  | 'commands'
  | 'welcome'
  | 'save'
  | 'leave';

const doIt: Record<StepId, string> = {
  inspect: 'Look at the broker',
  anonymous: 'Send a message without any proof of identity',
  authority: 'Make the authority',
  certificates: 'Issue the certificates',
  distribute: 'Put the files in their places',
  harden: 'Show what will change on the broker',
  verify: 'Try it all, from outside',
};

/**
 * What a step offers now. The first item is always the right one to choose for somebody who knows
 * nothing more, so that Enter alone leads through. Empty while work is under way.
 */
export function stepActions(
  state: State,
  id: StepId,
  questions: readonly Question[],
): MenuItem<StepAction>[] {
  const step = state.steps[id];
  if (step.phase === 'unknown' || busy(step.phase)) return [];
  const other: MenuItem<StepAction>[] =
    id === 'inspect' ? [{ label: 'Choose another broker', value: 'welcome' }] : [];
  return [...phaseActions(state, id, questions), ...other];
}

function phaseActions(
  state: State,
  id: StepId,
  questions: readonly Question[],
): MenuItem<StepAction>[] {
  const step = state.steps[id];
  const commands: MenuItem<StepAction> = { label: 'Show what you would type', value: 'commands' };
  const answers: MenuItem<StepAction>[] =
    questions.length > 0 ? [{ label: 'Change the answers', value: 'answers' }] : [];
  switch (step.phase) {
    case 'planned':
      return [
        { label: step.plan?.agree ?? agreeWords(state, id), value: 'agree' },
        ...otherwise(step.plan),
        { label: 'Not now', value: 'decline' },
        ...answers,
        commands,
      ];
    case 'failed':
      return [{ label: 'Try again', value: 'retry' }, ...answers, commands];
    case 'proved':
      return step.evidence.every((one) => one.pass)
        ? next(id) === null
          ? atTheEnd(id, commands)
          : [...onward(state, id), again(id), commands]
        : [{ label: 'Try again', value: 'act' }, ...answers, commands];
    default:
      return readyActions(state, id, answers, commands);
  }
}

const otherwise = (plan: Plan | null): MenuItem<StepAction>[] =>
  plan?.otherwise ? [{ label: plan.otherwise.label, value: 'otherwise' }] : [];

const again = (id: StepId): MenuItem<StepAction> => ({
  label: againWords[id] ?? 'Check it again',
  value: 'act',
});

/** What is done already is not done twice: it is looked at, and put right where it has to be. */
const againWords: Partial<Record<StepId, string>> = {
  inspect: 'Look again',
  anonymous: 'Try it again',
  verify: 'Try it all once more',
};

/** Whoever has come here by Enter alone does not leave by one Enter too many. */
const atTheEnd = (id: StepId, commands: MenuItem<StepAction>): MenuItem<StepAction>[] => [
  again(id),
  { label: 'Keep the answers in a file, to repeat this', value: 'save' },
  commands,
  { label: 'Leave; the broker stays as it is now', value: 'leave' },
];

function readyActions(
  state: State,
  id: StepId,
  answers: MenuItem<StepAction>[],
  commands: MenuItem<StepAction>,
): MenuItem<StepAction>[] {
  const step = state.steps[id];
  if (step.check?.status === 'blocked')
    return [{ label: 'Look again', value: 'retry' }, ...answers, commands];
  if (isDone(step)) {
    if (next(id) === null) return atTheEnd(id, commands);
    const closing = closingActions(state, id);
    const due = closing.length > 0 && reportOf(state)?.closing === 'due';
    const rest = [...onward(state, id), ...(due ? [] : closing), again(id), ...answers, commands];
    return due ? [...closing, ...rest] : rest;
  }
  const label = step.check?.armed
    ? 'Prove the change that waits, or put it back'
    : step.check?.status === 'drifted'
      ? 'Put it right'
      : doIt[id];
  return [{ label, value: 'act' }, ...answers, commands, ...onward(state, id)];
}

/** A port that is open while devices move can be closed as soon as nobody is in the way. */
function closingActions(state: State, id: StepId): MenuItem<StepAction>[] {
  const closing = id === 'harden' ? reportOf(state)?.closing : null;
  if (!closing) return [];
  const label = `Close port ${reportOf(state)?.plain}`;
  return closing === 'waits'
    ? [{ label, value: 'close-plain', disabled: 'not while these come' }]
    : [{ label, value: 'close-plain' }];
}

/** The answers with the plain port closed; nothing is changed on the broker before it is shown. */
export const closePlainPort = (state: State): UserEvent => ({
  type: 'answer',
  answers: { ...state.answers, plainListener: reportOf(state)?.closedBy ?? 'refuse' },
});

const reportOf = (state: State): HardenReport | null =>
  (state.steps.harden.check?.report ?? null) as HardenReport | null;

function onward(state: State, id: StepId): MenuItem<StepAction>[] {
  const after = next(id);
  if (after === null) return [];
  const label = `Go on to ${lessons[after].title}`;
  return mayGo(state, after)
    ? [{ label, value: 'next' }]
    : [{ label, value: 'next', disabled: 'when this step is done' }];
}

function agreeWords(state: State, id: StepId): string {
  const changes = state.steps[id].plan?.changes ?? [];
  const restart = changes.some((change) => change.action === 'restart');
  const what = changes.length === 1 ? 'Make this change' : 'Make these changes';
  return restart ? `${what} and restart the broker` : what;
}
