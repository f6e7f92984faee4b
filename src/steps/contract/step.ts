import type { Trouble } from '../../errors/trouble.ts';
import type { Armed } from './armed.ts';
import type { StepEvent } from './events.ts';
import type { Evidence } from './evidence.ts';
import type { StepId } from './ids.ts';
import type { Planned } from './plan.ts';
import type { Question } from './question.ts';
import type { Setup } from './setup.ts';

/**
 * One of the seven steps. The guided session, the unattended run, `status` and resume all use this
 * one object; it knows neither screens nor what is remembered.
 *
 * `Report` is what the step saw, for its screen to draw; `Work` what it takes to do what it has planned.
 */
export interface Step<Report = unknown, Work = unknown, Look = unknown> {
  id: StepId;
  title: string;
  /** The lesson, in two or three sentences. */
  why: string;
  /** Where this step differs from the article it follows on purpose, and the reason. */
  differs?: string;
  /** It changes nothing: it only looks or proves, so it is never skipped. */
  observes?: true;
  /** A look at it tells at which listener the live pane can be. */
  movesLivePane?: true;
  /** What the user is asked before it, each with a default: Enter through them all is right. */
  questions(setup: Setup): Question[];
  /**
   * The commands a person would type instead, with this site's names in them. Each may be pasted at once
   * behind the one before: what asks for a password is the last one.
   */
  byHand(setup: Setup): string[];
  /** Looks at the world, never at memory. Changes nothing. */
  check(setup: Setup): Promise<Check<Report, Look>>;
  /**
   * What would be changed, in order. Changes nothing. Throws a Trouble where it must not go on. `look` is
   * that of a check that was made just now: then the same is not looked at again.
   */
  plan(setup: Setup, look?: Look): Promise<Planned<Work>>;
  /**
   * Makes the changes that were shown, and no others: where the world has moved since, it stops with a Trouble.
   * Idempotent, and safe to kill at any instant.
   */
  apply(setup: Setup, planned: Planned<Work>): AsyncIterable<StepEvent>;
  /** Evidence that it holds, gathered from outside. */
  prove(setup: Setup): Promise<Evidence[]>;
  /** What `check` would say, where the evidence just gathered tells it already. */
  judge?(evidence: Evidence[]): Check<Report>;
}

export interface Check<Report = unknown, Look = unknown> {
  /** `drifted`: it was in place, and something has changed it since. */
  status: 'done' | 'todo' | 'blocked' | 'drifted';
  /** One line: what was seen. */
  detail: string;
  report: Report | null;
  /** What was seen, for a plan that follows at once. */
  look?: Look;
  /** What somebody should know though nothing is to be done now, one sentence each; the first in short. */
  notes?: string[];
  /** A change waits for its proof, and goes back by itself without one. */
  armed?: Armed;
  /** With `blocked`: what is in the way and what to do about it. */
  trouble?: Trouble;
}
