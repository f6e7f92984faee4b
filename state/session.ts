import type { Feed } from '../src/mqtt/feed.ts';
import type { Answers } from '../src/steps/answers.ts';
import type { Seen, Setup } from '../src/steps/setup.ts';
import { type Question, type Step, type StepId, stepIds } from '../src/steps/step.ts';
import { notProved } from '../src/steps/walk.ts';
import {
  type BrokerView,
  type Event,
  here,
  initial,
  type Request,
  type State,
  transition,
  type UserEvent,
} from './machine.ts';
import { troubleView } from './trouble-view.ts';

/**
 * One guided session as its screens see it: a state to show, events to send. It holds the machines,
 * the store and the secrets; the screens hold none of them.
 */
export interface Session {
  state(): State;
  /** Called after every change of the state; returns how to stop listening. */
  subscribe(listener: () => void): () => void;
  send(event: UserEvent): void;
  /** Answers `state().asking`: a secret or a choice; null cancels what asked. */
  reply(answer: string | null): void;
  /** The questions of the step that is on the screen. */
  questions(): Question[];
  /** What a person would type for it. */
  byHand(): string[];
  /** The live subscriber, once there is one. */
  feed(): Feed | null;
  /** Earlier set-ups to go on with, newest first. */
  sites(): SiteSummary[];
  /** Cancels what is under way, if anything, and lets everything go. */
  close(): Promise<void>;
}

export interface SiteSummary {
  id: string;
  answers: Answers;
  step: StepId;
  /** ISO time. */
  updated: string;
}

/** What a session is given; nothing of it is global, so one process can hold many sessions. */
export interface SessionParts {
  steps: readonly Step[];
  /** Reaches the broker; what it needs to know meanwhile it asks through `hooks`. */
  open(answers: Answers, hooks: OpenHooks): Promise<Opened>;
  sites(): SiteSummary[];
  /** The answers to begin with, and whether to go there at once or to the welcome screen. */
  answers: Answers;
  openAtOnce: boolean;
}

export interface OpenHooks {
  doing(text: string): void;
  ask(request: Request): Promise<string | null>;
  /** Aborted when the user cancels what is under way. */
  signal(): AbortSignal;
}

/** A set-up that is open: its machines are connected and its site is locked. */
export interface Opened {
  setup: Setup;
  broker: BrokerView;
  /** Where it was left. */
  step: StepId;
  feed: Feed;
  /** Points the live pane at the broker as it is now. */
  aim(): Promise<void>;
  remember(answers: Answers, step: StepId, seen: Seen): Promise<void>;
  close(): Promise<void>;
}

/** The session behind the screens: runs what each phase calls for and reports what came of it. */
export function guidedSession(parts: SessionParts): Session {
  const listeners = new Set<() => void>();
  const byId = new Map(parts.steps.map((step) => [step.id, step]));
  let state = initial(parts.answers);
  let opened: Opened | null = null;
  let cancel = new AbortController();
  let reply: ((answer: string | null) => void) | null = null;
  let closed = false;
  let saving: Promise<unknown> = Promise.resolve();

  const dispatch = (event: Event): void => {
    const before = state;
    state = transition(before, event);
    if (state === before) return;
    for (const listener of listeners) listener();
    follow(before);
  };

  /** Starts the work that a new state calls for. */
  const follow = (before: State): void => {
    if (closed) return;
    const opens = (place: State['place']) => place.screen === 'opening' && !place.trouble;
    if (opens(state.place) && !opens(before.place)) void open();
    if (state.place.screen === 'welcome' && opened) void letGo();
    if (!opened) return;
    if (state.answers !== before.answers || here(state) !== here(before)) keep();
    if (state.answers !== before.answers && before.place.screen === 'step') void checkAll();
    const arrived = here(state);
    // What a step needs may have come about since it was looked at last.
    if (arrived !== null && here(before) !== null && arrived !== here(before)) void check(arrived);
    for (const id of stepIds) {
      const [now, then] = [state.steps[id].phase, before.steps[id].phase];
      if (now !== then && id === here(state) && now === 'unknown') void check(id);
      if (now !== then && (now === 'planning' || now === 'applying' || now === 'proving'))
        void work(id, now);
    }
  };

  const hooks: OpenHooks = {
    doing: (text) => dispatch({ type: 'doing', text }),
    signal: () => cancel.signal,
    ask: (request) =>
      new Promise((resolve) => {
        reply = resolve;
        dispatch({ type: 'asked', request });
      }),
  };

  async function open(): Promise<void> {
    cancel = new AbortController();
    try {
      await letGo();
      const result = await parts.open(state.answers, hooks);
      if (closed || state.place.screen !== 'opening') return await result.close();
      opened = result;
      const { answers } = result.setup;
      dispatch({ type: 'opened', broker: result.broker, answers, step: result.step });
      await checkAll();
    } catch (error) {
      dispatch({ type: 'not-opened', trouble: troubleView(error) });
    }
  }

  /** Every step is checked anew: what is remembered never decides that something is done. */
  async function checkAll(): Promise<void> {
    for (const id of stepIds) if (opened) await check(id);
  }

  async function check(id: StepId): Promise<void> {
    const step = byId.get(id);
    const site = opened;
    if (!step || !site) return;
    site.setup.answers = state.answers;
    dispatch({ type: 'checking', step: id });
    try {
      dispatch({ type: 'checked', step: id, check: await step.check(site.setup) });
      if (id === 'anonymous' || id === 'harden') await site.aim();
    } catch (error) {
      dispatch({ type: 'failed', step: id, trouble: troubleView(error) });
    }
  }

  async function work(id: StepId, phase: 'planning' | 'applying' | 'proving'): Promise<void> {
    const step = byId.get(id);
    const site = opened;
    if (!step || !site) return;
    const { setup } = site;
    setup.answers = state.answers;
    try {
      if (phase === 'planning') {
        cancel = new AbortController();
        dispatch({ type: 'planned', step: id, plan: await step.plan(setup) });
      } else if (phase === 'applying') {
        const plan = state.steps[id].plan;
        if (!plan) return;
        for await (const event of step.apply(setup, plan))
          dispatch({ type: 'progress', step: id, event });
        keep();
        dispatch({ type: 'applied', step: id });
      } else {
        const evidence = await step.prove(setup);
        // Known before the proof is shown: from that moment on the way is open to the next step.
        if (step.judge) dispatch({ type: 'checked', step: id, check: step.judge(evidence) });
        else await check(id);
        const failed = evidence.filter((item) => !item.pass);
        if (failed.length === 0) dispatch({ type: 'proved', step: id, evidence });
        else {
          const trouble = troubleView(notProved(step, failed));
          dispatch({ type: 'failed', step: id, trouble, evidence });
        }
      }
    } catch (error) {
      dispatch({ type: 'failed', step: id, trouble: troubleView(error) });
      await check(id);
    }
  }

  /** Remembers where we are. A store that cannot be written must not stop the work: it is said. */
  function keep(): void {
    const step = here(state);
    if (!opened || step === null) return;
    saving = Promise.all([saving, opened.remember(state.answers, step, opened.setup.seen)]).catch(
      (error) => dispatch({ type: 'noted', text: troubleView(error).what }),
    );
  }

  async function letGo(): Promise<void> {
    const site = opened;
    opened = null;
    await saving;
    await site?.close();
  }

  const session: Session = {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send(event) {
      if (event.type === 'cancel') {
        cancel.abort();
        session.reply(null);
      } else dispatch(event);
    },
    reply(answer) {
      const waiting = reply;
      reply = null;
      dispatch({ type: 'answered' });
      waiting?.(answer);
    },
    questions: () => current()?.questions(setupNow()) ?? [],
    byHand: () => current()?.byHand(setupNow()) ?? [],
    feed: () => opened?.feed ?? null,
    sites: parts.sites,
    async close() {
      closed = true;
      cancel.abort();
      session.reply(null);
      await letGo();
    },
  };

  function current(): Step | null {
    const id = here(state);
    return opened && id ? (byId.get(id) ?? null) : null;
  }
  function setupNow(): Setup {
    if (!opened) throw new Error('no set-up is open');
    opened.setup.answers = state.answers;
    return opened.setup;
  }

  if (parts.openAtOnce) queueMicrotask(() => dispatch({ type: 'choose', answers: parts.answers }));
  return session;
}
