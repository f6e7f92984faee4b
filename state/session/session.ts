import type { StepId } from '../../src/steps/contract/ids.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import type { Setup } from '../../src/steps/contract/setup.ts';
import type { Step } from '../../src/steps/contract/step.ts';
import { type Event, here, initial, reaching, type State, transition } from '../machine/machine.ts';
import { working } from '../machine/step-machine.ts';
import { belongings } from './belongings.ts';
import { givenUp } from './give-up.ts';
import { inItsName } from './in-its-name.ts';
import { Questions } from './questions.ts';
import { Saving } from './saving.ts';
import type { Opened, Session, SessionParts } from './session-parts.ts';
import { StepWork } from './step-work.ts';
import { troubleView } from './trouble-view.ts';
import { Turns } from './turns.ts';

/** The session behind the screens: runs what each phase calls for and reports what came of it. */
export function guidedSession(parts: SessionParts): Session {
  const listeners = new Set<() => void>();
  let state = initial(parts.answers, parts.command);
  let opened: Opened | null = null;
  let closed = false;
  /** Counts the times a broker was chosen: what an earlier one still reports is not for the later. */
  let visit = 0;

  const saving = new Saving((text) => dispatch({ type: 'noted', text }));
  const turns = new Turns();
  const questions = new Questions((request) => {
    if (request && (closed || turns.signal.aborted)) return false;
    dispatch(request ? { type: 'asked', request } : { type: 'answered' });
    return state.asking === request;
  });
  const work = new StepWork({
    state: () => state,
    site: () => opened,
    step: stepOf,
    dispatch,
    lookAt,
    keep,
    askNoMore: () => questions.reply(null),
  });

  function dispatch(event: Event): void {
    const before = state;
    state = transition(before, inItsName(event, before.command));
    if (state === before) return;
    for (const listener of listeners) listener();
    if (!closed) follow(before);
  }

  /** Starts the work that a new state calls for. */
  function follow(before: State): void {
    const [arrived, left] = [here(state), here(before)];
    if (reaching(state) && !reaching(before)) {
      visit++;
      turns.ask(open);
    }
    if (state.place.screen === 'welcome' && before.place.screen !== 'welcome') {
      giveUp();
      turns.ask(letGo);
    }
    if (arrived === null) return;
    const unknown = stepIds.filter(
      (id) => state.steps[id].phase === 'unknown' && before.steps[id].phase !== 'unknown',
    );
    lookAt([...unknown.filter((id) => id === arrived), ...unknown.filter((id) => id !== arrived)]);
    const newAnswers = state.answers !== before.answers && left !== null;
    if (newAnswers || arrived !== left) keep();
    if (newAnswers) lookAt([arrived, ...stepIds.filter((id) => id !== arrived)]);
    // What a step needs may have come about since it was looked at last.
    else if (left !== null && arrived !== left) lookAt([arrived]);
    const [now, then] = [state.steps[arrived].phase, before.steps[arrived].phase];
    if (now === then) return;
    if (now === 'planning') turns.ask((signal) => work.plan(arrived, signal));
    if (now === 'applying') turns.ask((signal) => work.apply(arrived, signal));
    if (now === 'proving') turns.ask((signal) => work.prove(arrived, signal));
  }

  /** Looks at these steps, the first one first, as soon as nothing else is done. */
  function lookAt(ids: readonly StepId[]): void {
    for (const id of ids.toReversed()) turns.whenIdle(id, (signal) => work.check(id, signal));
  }

  function giveUp(): void {
    turns.giveUp();
    questions.reply(null);
  }

  async function open(signal: AbortSignal): Promise<void> {
    const mine = visit;
    const stale = () => closed || mine !== visit || !reaching(state);
    try {
      await letGo();
      signal.throwIfAborted();
      const result = await parts.open(state.answers, {
        doing: (text) => {
          if (mine === visit) dispatch({ type: 'doing', text });
        },
        signal: () => turns.signal,
        ask: (request) => questions.ask(request),
      });
      if (stale() || signal.aborted) {
        await result.close();
        throw givenUp();
      }
      opened = result;
      const { answers } = result.setup;
      lookAt(stepIds);
      dispatch({ type: 'opened', broker: result.broker, answers, step: result.step });
      if (result.notes.length > 0) dispatch({ type: 'noted', text: result.notes.join(' ') });
    } catch (error) {
      questions.reply(null);
      const trouble = troubleView(signal.aborted ? givenUp() : error);
      if (mine === visit) dispatch({ type: 'not-opened', trouble });
    }
  }

  /** Remembers where we are. */
  function keep(): void {
    const [site, step, { answers }] = [opened, here(state), state];
    if (!site || step === null) return;
    saving.add(() => site.remember(answers, step, site.setup.seen));
  }

  async function letGo(): Promise<void> {
    const site = opened;
    opened = null;
    await saving.done();
    await site?.close();
  }

  function stepOf(id: StepId, site: Opened): Step {
    const step = parts.steps.find((one) => one.id === id);
    if (!step) throw new Error(`there is no step ${id}`);
    site.setup.answers = state.answers;
    return step;
  }

  function ofPresent<T>(get: (step: Step, setup: Setup) => T[]): T[] {
    const id = here(state);
    return opened && id ? get(stepOf(id, opened), opened.setup) : [];
  }

  if (parts.openAtOnce) dispatch({ type: 'choose', answers: parts.answers });
  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send(event) {
      if (event.type === 'cancel') giveUp();
      dispatch('answers' in event ? { ...event, answers: parts.whole(event.answers) } : event);
    },
    reply: (answer) => questions.reply(answer),
    questions: () => ofPresent((step, setup) => step.questions(setup)),
    byHand: () => ofPresent((step, setup) => step.byHand(setup)),
    saveAnswers() {
      opened?.saveAnswers(state.answers).then(
        (path) =>
          dispatch({ type: 'noted', text: `To repeat this: lockstep run --answers ${path}` }),
        (error) => dispatch({ type: 'noted', text: troubleView(error).what }),
      );
    },
    feed: () => opened?.feed ?? null,
    sites: parts.sites,
    belongings: () => opened && belongings(opened.setup, stepOf('verify', opened)),
    async close() {
      closed = true;
      giveUp();
      // A change comes to its end, or is put back; what only looks is cut off with its connection.
      await turns.end(stepIds.some((id) => working(state.steps[id].phase)) ? 10 : 1);
      await letGo();
      await turns.end(10);
    },
  };
}
