import type { Setup } from '../src/steps/setup.ts';
import { type Check, type Evidence, type Step, type StepId, stepIds } from '../src/steps/step.ts';
import { notProved } from '../src/steps/walk.ts';
import { Trouble } from '../src/trouble.ts';
import { givenUp, unlessGivenUp } from './give-up.ts';
import { type Event, here, initial, reaching, type State, transition } from './machine.ts';
import { Questions } from './questions.ts';
import { Saving } from './saving.ts';
import type { Opened, Session, SessionParts } from './session-parts.ts';
import { working } from './step-machine.ts';
import { troubleView } from './trouble-view.ts';
import { Turns } from './turns.ts';

export type { Opened, OpenHooks, Session, SessionParts, SiteSummary } from './session-parts.ts';

/** The session behind the screens: runs what each phase calls for and reports what came of it. */
export function guidedSession(parts: SessionParts): Session {
  const listeners = new Set<() => void>();
  let state = initial(parts.answers);
  let opened: Opened | null = null;
  let closed = false;
  /** Counts the times a broker was chosen: what an earlier one still reports is not for the later. */
  let visit = 0;

  /** What steps had to say: each is said once, so that it hides nothing that comes later. */
  const told = new Set<string>();

  /** What was proved while it was changed. */
  const proved = new Map<StepId, Evidence[]>();

  const saving = new Saving((text) => dispatch({ type: 'noted', text }));
  const turns = new Turns();
  const questions = new Questions((request) => {
    if (request && (closed || turns.signal.aborted)) return false;
    dispatch(request ? { type: 'asked', request } : { type: 'answered' });
    return state.asking === request;
  });

  function dispatch(event: Event): void {
    const before = state;
    state = transition(before, event);
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
    const newAnswers = state.answers !== before.answers && left !== null;
    if (newAnswers || arrived !== left) keep();
    if (newAnswers) lookAt([arrived, ...stepIds.filter((id) => id !== arrived)]);
    // What a step needs may have come about since it was looked at last.
    else if (left !== null && arrived !== left) lookAt([arrived]);
    const [now, then] = [state.steps[arrived].phase, before.steps[arrived].phase];
    if (now === then) return;
    if (now === 'unknown') lookAt([arrived]);
    if (now === 'planning') turns.ask((signal) => plan(arrived, signal));
    if (now === 'applying') turns.ask((signal) => apply(arrived, signal));
    if (now === 'proving') turns.ask((signal) => prove(arrived, signal));
  }

  /** Looks at these steps, the first one first, as soon as nothing else is done. */
  function lookAt(ids: readonly StepId[]): void {
    for (const id of ids.toReversed()) turns.whenIdle(id, (signal) => check(id, signal));
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

  /** What is remembered never decides that something is done: that is seen in the world. */
  async function check(id: StepId, signal: AbortSignal): Promise<void> {
    const site = opened;
    if (!site) return;
    if (state.steps[id].phase === 'unknown') dispatch({ type: 'checking', step: id });
    try {
      // One that was given up has seen closed doors where there are none: it is not heard.
      const known = site.setup.seen.plainPort;
      // What it looked at holds keys: that is for no state.
      const { look: _, ...seen } = await unlessGivenUp(stepOf(id, site).check(site.setup), signal);
      dispatch({ type: 'checked', step: id, check: seen });
      if (site.setup.seen.plainPort !== known) keep();
      const [note] = seen.notes ?? [];
      if (note && !told.has(note)) dispatch({ type: 'noted', text: note });
      if (note) told.add(note);
      if (id === 'anonymous' || id === 'harden') await site.aim().catch(() => {});
    } catch (error) {
      const trouble = signal.aborted ? givenUp() : error;
      if (state.steps[id].phase === 'checking') failed(id, trouble);
      else if (!signal.aborted) dispatch({ type: 'checked', step: id, check: unseen(error) });
    }
  }

  async function plan(id: StepId, signal: AbortSignal): Promise<void> {
    const site = opened;
    if (!site || signal.aborted) return;
    try {
      const made = await unlessGivenUp(stepOf(id, site).plan(site.setup), signal);
      dispatch({ type: 'planned', step: id, plan: made });
    } catch (error) {
      if (!signal.aborted) failed(id, error);
    }
  }

  /** Does the very plan that was shown. */
  async function apply(id: StepId, signal: AbortSignal): Promise<void> {
    const site = opened;
    const shown = state.steps[id].plan;
    if (!site || !shown) return;
    proved.delete(id);
    try {
      if (signal.aborted) throw givenUp();
      for await (const event of stepOf(id, site).apply(site.setup, shown))
        if (event.kind === 'proved') proved.set(id, event.evidence);
        else dispatch({ type: 'progress', step: id, event });
      dispatch({ type: 'applied', step: id });
    } catch (error) {
      failed(id, error);
      lookAt(from(id));
    }
    // What was to be known at the beginning may be so no more.
    dispatch({ type: 'noted', text: null });
    keep();
  }

  async function prove(id: StepId, signal: AbortSignal): Promise<void> {
    const site = opened;
    if (!site) return;
    const step = stepOf(id, site);
    try {
      const evidence = proved.get(id) ?? (await unlessGivenUp(step.prove(site.setup), signal));
      proved.delete(id);
      // Known before the proof is told, so that whoever sees the proof may go on.
      if (step.judge) dispatch({ type: 'checked', step: id, check: step.judge(evidence) });
      else await check(id, signal);
      const bad = evidence.filter((item) => !item.pass);
      if (bad.length > 0) failed(id, notProved(step, bad), evidence);
      else dispatch({ type: 'proved', step: id, evidence });
    } catch (error) {
      failed(id, signal.aborted ? givenUp() : error);
    }
    keep();
    lookAt(from(id).slice(step.judge ? 1 : 0));
  }

  function failed(id: StepId, error: unknown, evidence?: Evidence[]): void {
    questions.reply(null);
    const trouble = troubleView(error);
    dispatch({ type: 'failed', step: id, trouble, ...(evidence ? { evidence } : {}) });
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
      dispatch(event);
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

const from = (id: StepId): StepId[] => stepIds.slice(stepIds.indexOf(id));

/** What could not be looked at, as a check says it. */
function unseen(error: unknown): Check {
  const { what } = troubleView(error);
  return {
    status: 'blocked',
    detail: what,
    report: null,
    ...(error instanceof Trouble ? { trouble: error } : {}),
  };
}
