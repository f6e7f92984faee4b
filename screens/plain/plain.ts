import { lessons } from '../../src/steps/lessons.ts';
import { here, type State } from '../../state/machine/machine.ts';
import { busy } from '../../state/machine/step-machine.ts';
import type { Session } from '../../state/session/session-parts.ts';
import type { End } from '../app/end.ts';
import { brokerChoices } from '../app/welcome-choices.ts';
import { countdownText, secondsLeft } from '../parts/countdown.tsx';
import type { Clock } from '../parts/patience.ts';
import { stepActions } from '../steps/actions.ts';
import { doing } from '../steps/doing.ts';
import { backFrom, eventOf } from '../steps/events.ts';
import { stepLines } from '../steps/step-lines.ts';
import { standing, stepNumber } from '../steps/step-state.ts';
import type { KeyboardStream } from '../terminal/input.ts';
import type { TerminalStream } from '../terminal/output.ts';
import { remoteQuestions } from '../terminal/remote.ts';
import { type Environment, glyphsFor } from '../text/glyphs.ts';
import { troubleLines } from '../views/trouble.ts';
import { plainAnswer } from './asking.ts';
import { PlainInput } from './input.ts';
import { plainQuestions } from './questions.ts';
import { PlainTalk } from './talk.ts';

export interface PlainOptions {
  session: Session;
  stdin: KeyboardStream;
  stdout: TerminalStream;
  environment: Environment;
  now?: Date;
  /** Tells how long a plan has been there to read. */
  clock?: Clock;
  /** Stops asking at once: the program is told to end, or its terminal is gone. */
  stop?: AbortSignal;
}

/**
 * The same session one line at a time: numbered choices, no colours, no cursor movement. For
 * screen readers, terminals that can only print, and protocols of a session.
 */
export async function runPlain(options: PlainOptions): Promise<End> {
  const { session } = options;
  const talk = new PlainTalk(options.stdout, glyphsFor(options.environment).ascii);
  const input = new PlainInput(options.stdin, options.clock);
  const now = options.now ?? new Date();
  let noted: string | null = null;
  options.stop?.addEventListener('abort', () => input.close(), { once: true });
  try {
    for (;;) {
      if (input.interrupted || options.stop?.aborted) return { how: 'interrupted', commands: [] };
      const state = session.state();
      if (state.note !== null && state.note !== noted) talk.say(`Note: ${state.note}`);
      noted = state.note;
      if (state.asking) session.reply(await plainAnswer(state.asking, talk, input));
      else if (state.place.screen === 'welcome') {
        if (!(await welcome(session, talk, input, now))) break;
      } else if (state.place.screen === 'opening') {
        if (!(await opening(session, talk, input))) break;
      } else if (!(await step(session, talk, input))) break;
    }
    return { how: 'left', commands: [] };
  } finally {
    input.close();
  }
}

/** Each of these shows one screen and does what is chosen; false: leave. */
async function welcome(session: Session, talk: PlainTalk, input: PlainInput, now: Date) {
  talk.say(
    'Lockstep takes a Mosquitto broker that anybody can talk to, and turns it into one that only holders of a certificate can reach, in seven steps.',
  );
  const items = brokerChoices(session.sites(), now);
  const choice = await talk.choose('Which broker?', items, input);
  if (choice === 'leave') return false;
  if (typeof choice !== 'number') return true;
  const chosen = items[choice]?.value;
  if (chosen?.kind === 'ssh') {
    const answers = await plainQuestions(remoteQuestions, chosen.answers, talk, input);
    if (answers) session.send({ type: 'choose', answers });
  } else if (chosen) session.send({ type: 'choose', answers: chosen.answers });
  return true;
}

async function opening(session: Session, talk: PlainTalk, input: PlainInput) {
  const { place } = session.state();
  if (place.screen !== 'opening') return true;
  if (!place.trouble) {
    if (place.doing) talk.doing(place.doing);
    await changed(session, (state) => state.place !== place || state.asking !== null);
    return true;
  }
  talk.lines(troubleLines(place.trouble, talk.width));
  const items = [{ label: 'Try again' }, { label: 'Choose another broker' }];
  const choice = await talk.choose('What now?', items, input);
  if (choice === 'leave') return false;
  if (choice === 0 || choice === 'again') session.send({ type: 'retry' });
  if (choice === 1 || choice === 'back') session.send({ type: 'welcome' });
  return true;
}

async function step(session: Session, talk: PlainTalk, input: PlainInput) {
  const state = session.state();
  const id = here(state);
  if (id === null) return true;
  const now = state.steps[id];
  if (now.phase === 'unknown' || busy(now.phase)) {
    talk.doing(doing(id, now));
    await changed(session, (later) => later.steps[id] !== now || later.asking !== null);
    return true;
  }
  const questions = session.questions();
  const { word } = standing(state, id, talk.glyphs);
  talk.say('');
  talk.say(
    `Step ${stepNumber(id)} of 7: ${lessons[id].title}${word === 'here' ? '' : ` (${word})`}`,
  );
  talk.lines(stepLines({ state, id, questions, width: talk.width, glyphs: talk.glyphs }));
  talk.messages(session.feed()?.view() ?? null);
  if (now.armed !== null) talk.say(countdownText(secondsLeft(now.armed)));
  const items = stepActions(state, id, questions);
  const planned = now.phase === 'planned';
  // What was typed by then was meant for what was there before, and agrees to nothing.
  if (planned) await input.quiet();
  if (input.interrupted) return true;
  const choice = await talk.choose('What now?', items, input, {
    until: changed(session, overtaken(state)),
    ...(planned ? { standard: null } : {}),
  });
  if (choice === 'leave') return false;
  const action = typeof choice === 'number' ? items[choice]?.value : undefined;
  if (action === 'leave') return false;
  const event =
    choice === 'again'
      ? ({ type: 'retry' } as const)
      : choice === 'back'
        ? backFrom(state, id)
        : action
          ? eventOf(action, session.state(), id)
          : null;
  if (event) session.send(event);
  if (choice === 'commands' || action === 'commands') talk.commands(session.byHand());
  else if (action === 'save') session.saveAnswers();
  else if (action === 'answers') {
    const answers = await plainQuestions(questions, session.state().answers, talk, input);
    if (answers) session.send({ type: 'answer', answers });
  }
  return true;
}

/** Whether a prompt makes no sense any more: another place, another phase, or a question. */
const overtaken = (before: State) => (state: State) =>
  state.place !== before.place ||
  state.asking !== null ||
  here(state) === null ||
  phaseHere(state) !== phaseHere(before);

const phaseHere = (state: State): string => {
  const id = here(state);
  return id ? `${state.steps[id].phase} ${state.steps[id].check?.status}` : '';
};

function changed(session: Session, when: (state: State) => boolean): Promise<void> {
  if (when(session.state())) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = session.subscribe(() => {
      if (!when(session.state())) return;
      stop();
      resolve();
    });
  });
}
