import { useState } from 'react';
import type { StepId } from '../../src/steps/contract/ids.ts';
import { lessons } from '../../src/steps/lessons.ts';
import type { State, UserEvent } from '../../state/machine/machine.ts';
import type { StepState } from '../../state/machine/step-machine.ts';
import type { Session } from '../../state/session/session-parts.ts';
import { type Drafts, Form } from '../forms/form.tsx';
import { useLayer } from '../keys/keyboard.tsx';
import { Body } from '../parts/body.tsx';
import { Countdown } from '../parts/countdown.tsx';
import { GuardedMenu } from '../parts/guarded-menu.tsx';
import { useLook } from '../parts/look.tsx';
import { Menu } from '../parts/menu.tsx';
import { Working } from '../parts/working.tsx';
import type { Tone } from '../text/theme.ts';
import { type StepAction, stepActions } from './actions.ts';
import { doing } from './doing.ts';
import { backFrom, eventOf } from './events.ts';
import { stepLines } from './step-lines.ts';

/** One step: why, what was seen, what can be done, and while it is done what happens. */
export function StepScreen(props: {
  session: Session;
  state: State;
  id: StepId;
  drafts: Drafts;
  active: boolean;
  onCommands(): void;
  onLeave(): void;
}) {
  const { session, state, id, active } = props;
  const { layout, glyphs } = useLook();
  const { width, height } = layout.body;
  const [form, setForm] = useState(false);
  const step = state.steps[id];
  const questions = session.questions();
  const offered = stepActions(state, id, questions);
  const small = height < 14;
  // Where there is little room the text needs it more than what a key does too.
  const items = small
    ? offered.filter((item) => item.value !== 'commands' && !item.disabled)
    : offered;

  const sendIfAny = (event: UserEvent | null) => {
    if (event) session.send(event);
  };
  const goBack = () => sendIfAny(items.length === 0 ? { type: 'cancel' } : backFrom(state, id));
  const choose = (action: StepAction) => {
    sendIfAny(eventOf(action, state, id));
    if (action === 'answers') setForm(true);
    else if (action === 'commands') props.onCommands();
    else if (action === 'save') session.saveAnswers();
    else if (action === 'leave') props.onLeave();
  };
  useLayer({ mode: 'list', on: { back: goBack, retry: () => choose('retry') } }, active && !form);

  const title = lessons[id].title;
  if (form)
    return (
      <Form
        title={`${title}: the answers`}
        questions={questions}
        answers={state.answers}
        drafts={props.drafts}
        done="Keep these answers"
        active={active}
        onCancel={() => setForm(false)}
        onDone={(answers) => {
          setForm(false);
          session.send({ type: 'answer', answers });
        }}
      />
    );
  const limit = Math.min(items.length, small ? 4 : 5);
  const menu = {
    items,
    width,
    limit,
    active,
    onSelect: choose,
  };
  return (
    <Body
      key={step.phase}
      title={title}
      word={phaseWord(step)}
      lines={stepLines({ state, id, questions, width, glyphs })}
      follow={step.phase === 'applying'}
      below={(items.length === 0 ? 1 : limit) + (step.armed === null ? 0 : 1)}
      active={active}
    >
      {(reading) => (
        <>
          {step.armed !== null && <Countdown armed={step.armed} width={width} />}
          {items.length === 0 ? (
            <Working what={doing(id, step)} width={width} stoppable={step.phase !== 'applying'} />
          ) : step.phase === 'planned' ? (
            <GuardedMenu {...menu} agrees={agreeing} reading={reading} />
          ) : (
            <Menu {...menu} />
          )}
        </>
      )}
    </Body>
  );
}

const agreeing = (action: StepAction): boolean => action === 'agree' || action === 'otherwise';

/** The state of a step in words, beside its title. */
function phaseWord(step: StepState): { text: string; tone: Tone } | undefined {
  switch (step.phase) {
    case 'planned':
      return { text: 'not changed yet', tone: 'quiet' };
    case 'proved':
      return step.evidence.every((one) => one.pass)
        ? { text: 'done and proved', tone: 'good' }
        : { text: 'not proved', tone: 'bad' };
    case 'failed':
      return { text: 'failed', tone: 'bad' };
    case 'ready':
      return checkWord[step.check?.status ?? 'todo'];
    default:
      return undefined;
  }
}

const checkWord: Record<string, { text: string; tone: Tone }> = {
  done: { text: 'done', tone: 'good' },
  todo: { text: 'to do', tone: 'quiet' },
  blocked: { text: 'blocked', tone: 'warning' },
  drifted: { text: 'drifted: changed since it was done', tone: 'warning' },
};
