import { isDeepStrictEqual } from 'node:util';
import { asTrouble } from '../../src/errors/system-trouble.ts';
import type { Evidence } from '../../src/steps/contract/evidence.ts';
import type { StepId } from '../../src/steps/contract/ids.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import type { Plan, Planned } from '../../src/steps/contract/plan.ts';
import type { Check, Step } from '../../src/steps/contract/step.ts';
import { notProved } from '../../src/steps/run/walk.ts';
import type { Event, State } from '../machine/machine.ts';
import { givenUp, unlessGivenUp } from './give-up.ts';
import type { Opened } from './session-parts.ts';
import { troubleView } from './trouble-view.ts';

/** What the work on a step needs of the session that it is done for. */
export interface WorkParts {
  state(): State;
  /** The set-up that is open, or null. */
  site(): Opened | null;
  /** The step itself; its set-up has the present answers by then. */
  step(id: StepId, site: Opened): Step;
  dispatch(event: Event): void;
  /** Looks at these steps, the first one first, as soon as nothing else is done. */
  lookAt(ids: readonly StepId[]): void;
  /** Remembers where we are. */
  keep(): void;
  /** Takes back what is asked just now. */
  askNoMore(): void;
}

/** What is done in each phase of a step. It reports by events and throws nothing. */
export class StepWork {
  readonly #parts: WorkParts;

  /** What steps had to say: each is said once, so that it hides nothing that comes later. */
  readonly #told = new Set<string>();

  /** What it takes to do what was planned: keys are in it, so it is for no state. */
  readonly #planned = new Map<StepId, Planned>();

  /** What was proved while it was changed. */
  readonly #proved = new Map<StepId, Evidence[]>();

  constructor(parts: WorkParts) {
    this.#parts = parts;
  }

  /** What is remembered never decides that something is done: that is seen in the world. */
  async check(id: StepId, signal: AbortSignal): Promise<void> {
    const { state, dispatch, keep } = this.#parts;
    const site = this.#parts.site();
    if (!site) return;
    if (state().steps[id].phase === 'unknown') dispatch({ type: 'checking', step: id });
    try {
      // One that was given up has seen closed ports where there are none: it is not heard.
      const known = structuredClone(site.setup.seen);
      const step = this.#parts.step(id, site);
      const looking = step.check(site.setup);
      // What it looked at holds keys: that is for no state.
      const { look: _, ...seen } = await unlessGivenUp(looking, signal);
      dispatch({ type: 'checked', step: id, check: seen });
      if (!isDeepStrictEqual(site.setup.seen, known)) keep();
      const [note] = seen.notes ?? [];
      if (note && !this.#told.has(note)) dispatch({ type: 'noted', text: note });
      if (note) this.#told.add(note);
      if (step.movesLivePane) await site.aim().catch(() => {});
    } catch (error) {
      const trouble = signal.aborted ? givenUp() : error;
      const { phase, check } = state().steps[id];
      // What was seen before is not seen any more; whoever looks from elsewhere has not given it up.
      if (phase === 'checking' && check === null) this.#failed(id, trouble);
      else if (phase === 'checking' || !signal.aborted)
        dispatch({ type: 'checked', step: id, check: unseen(trouble) });
    }
  }

  /** Finds out what would be done. */
  async plan(id: StepId, signal: AbortSignal): Promise<void> {
    const site = this.#parts.site();
    if (!site || signal.aborted) return;
    try {
      const planned = await unlessGivenUp(this.#parts.step(id, site).plan(site.setup), signal);
      this.#planned.set(id, planned);
      this.#parts.dispatch({ type: 'planned', step: id, plan: planned.shown });
    } catch (error) {
      if (!signal.aborted) this.#failed(id, error);
    }
  }

  /** Does the very plan that was shown. */
  async apply(id: StepId, signal: AbortSignal): Promise<void> {
    const { state, dispatch, lookAt, keep } = this.#parts;
    const site = this.#parts.site();
    const shown = state().steps[id].plan;
    if (!site || !shown) return;
    this.#proved.delete(id);
    try {
      if (signal.aborted) throw givenUp();
      const planned = this.#workFor(id, shown);
      for await (const event of this.#parts.step(id, site).apply(site.setup, planned))
        if (event.kind === 'proved') this.#proved.set(id, event.evidence);
        else dispatch({ type: 'progress', step: id, event });
      dispatch({ type: 'applied', step: id });
    } catch (error) {
      this.#failed(id, error);
      lookAt(from(id));
    }
    // What was to be known at the beginning may be so no more.
    dispatch({ type: 'noted', text: null });
    keep();
  }

  /** Proves it from outside, unless that was done while it was changed. */
  async prove(id: StepId, signal: AbortSignal): Promise<void> {
    const { dispatch, lookAt, keep } = this.#parts;
    const site = this.#parts.site();
    if (!site) return;
    const step = this.#parts.step(id, site);
    try {
      const evidence =
        this.#proved.get(id) ?? (await unlessGivenUp(step.prove(site.setup), signal));
      this.#proved.delete(id);
      // Known before the proof is told, so that whoever sees the proof may go on.
      if (step.judge) dispatch({ type: 'checked', step: id, check: step.judge(evidence) });
      else await this.check(id, signal);
      const bad = evidence.filter((item) => !item.pass);
      if (bad.length > 0) this.#failed(id, notProved(step, bad), evidence);
      else dispatch({ type: 'proved', step: id, evidence });
    } catch (error) {
      this.#failed(id, signal.aborted ? givenUp() : error);
    }
    keep();
    lookAt(from(id).slice(step.judge ? 1 : 0));
  }

  /** What was shown last, or what was offered instead of it. */
  #workFor(id: StepId, shown: Plan): Planned {
    const planned = this.#planned.get(id);
    this.#planned.delete(id);
    const all = [planned, planned?.instead];
    const one = all.find((each) => isDeepStrictEqual(each?.shown, shown));
    if (!one) throw new Error(`nothing was planned for ${id}`);
    return one;
  }

  #failed(id: StepId, error: unknown, evidence?: Evidence[]): void {
    this.#parts.askNoMore();
    const trouble = troubleView(error);
    this.#parts.dispatch({
      type: 'failed',
      step: id,
      trouble,
      ...(evidence ? { evidence } : {}),
    });
  }
}

const from = (id: StepId): StepId[] => stepIds.slice(stepIds.indexOf(id));

/** What could not be looked at, as a check says it. */
function unseen(error: unknown): Check {
  const { what } = troubleView(error);
  const trouble = asTrouble(error);
  return {
    status: 'blocked',
    detail: what,
    report: null,
    ...(trouble ? { trouble } : {}),
  };
}
