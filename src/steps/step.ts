import type { Cell } from '../mosquitto/access-table.ts';
import type { Trouble } from '../trouble.ts';
import type { AccessLine } from './access-lines.ts';
import type { Answers } from './answers.ts';
import type { Armed } from './armed.ts';
import type { NameOrigin } from './claimed.ts';
import type { OpenDoor } from './open.ts';
import type { Setup } from './setup.ts';

export const stepIds = [
  'inspect',
  'anonymous',
  'authority',
  'certificates',
  'distribute',
  'harden',
  'verify',
] as const;
export type StepId = (typeof stepIds)[number];

/**
 * One of the seven steps. The guided session, the unattended run, `status` and resume all use this
 * one object; it knows neither screens nor what is remembered.
 *
 * `Report` is what the step saw, for its screen to draw.
 */
export interface Step<Report = unknown, P extends Plan = Plan, Look = unknown> {
  id: StepId;
  title: string;
  /** The lesson, in two or three sentences. */
  why: string;
  /** Where this step differs from the article it follows on purpose, and the reason. */
  differs?: string;
  /** It changes nothing: it only looks or proves, so it is never skipped. */
  observes?: true;
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
  plan(setup: Setup, look?: Look): Promise<P>;
  /** Makes the changes. Idempotent, and safe to kill at any instant. */
  apply(setup: Setup, plan: P): AsyncIterable<StepEvent>;
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

export interface Plan {
  changes: Change[];
  /** Who gets in now and afterwards, where that changes: the first thing to be shown. */
  access?: { lines: AccessLine[]; cells: Cell[] };
  /** What the user should know before saying yes; `true` where it could surprise somebody. */
  notes: { text: string; warning: boolean }[];
  /** A change that is in place already goes back by itself. */
  armed?: Armed;
  /** What agreeing does, as a menu names it, where that is not simply to make the changes. */
  agree?: string;
  /** What can be done instead. */
  otherwise?: { label: string; plan: Plan };
}

/** One change to one machine: a file, or a command that is run. */
export interface Change {
  host: string;
  action: 'create' | 'replace' | 'remove' | 'restart' | 'run';
  /** The file that is changed, or … */
  path?: string;
  /** … the command that is run, as one would type it. */
  command?: string;
  owner?: string;
  /** Four octal digits, for example `0600`. */
  mode?: string;
  /** For text files: the difference, unified. */
  diff?: string;
  /** Of the broker's certificate: its names, and those that are left out. */
  names?: NameOrigin[];
  /** One line for the screen. */
  summary: string;
}

/** What a step tells as it goes. */
export type StepNews =
  | { kind: 'change'; change: Change }
  /** What is being done now, one line. */
  | { kind: 'progress'; text: string }
  /** The broker's host puts the change back by itself; null: not any more. */
  | { kind: 'armed'; armed: Armed | null };

export type StepEvent =
  | StepNews
  /** It is proved already, and needs not be once more: a change that had to prove itself to stay. */
  | { kind: 'proved'; evidence: Evidence[] };

/** One thing that must work or must be refused, and what happened. */
export interface Evidence {
  id: string;
  /** One line for the screen: what was tried. */
  title: string;
  expect: 'accepted' | 'refused';
  observed: 'accepted' | 'refused' | 'unreachable';
  /** A short stable id of why it was refused. */
  cause: string | null;
  /** The same in one sentence. */
  words: string;
  /** From where it was seen, for people: `here`, `the broker's own machine`, `radxa@pump-3`. */
  from?: string;
  pass: boolean;
  /** It was let in, and less than that was shown: the words say what was not, and why. */
  partly?: true;
  /** Who else gets in there, by choice. */
  open?: OpenDoor[];
}

/** One answer the user may give; the same object serves the screens and the answers file. */
export interface Question {
  /** The path in the answers file, for example `authority.days`. */
  id: string;
  label: string;
  help: string;
  kind: 'text' | 'choice' | 'list';
  choices?: readonly { value: string; label: string; why: string }[];
  /** As text; lists are separated by commas. */
  get(answers: Answers): string;
  set(answers: Answers, value: string): Answers;
  /** A value as it is shown, where that says more than its text. */
  words?(value: string): string;
  /** Why a value is refused, or undefined when it is good. */
  check(value: string): string | undefined;
}
