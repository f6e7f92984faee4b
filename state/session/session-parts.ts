import type { Feed } from '../../src/mqtt/feed.ts';
import type { Answers } from '../../src/steps/answers/answers.ts';
import type { StepId } from '../../src/steps/contract/ids.ts';
import type { Question } from '../../src/steps/contract/question.ts';
import type { Seen, Setup } from '../../src/steps/contract/setup.ts';
import type { Step } from '../../src/steps/contract/step.ts';
import type { BrokerView, Request, State, UserEvent } from '../machine/machine.ts';
import type { Belongings } from './belongings.ts';

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
  /** Writes the answers into a file that `run --answers` takes, and says where. */
  saveAnswers(): void;
  /** The live subscriber, once there is one. */
  feed(): Feed | null;
  /** Earlier set-ups to go on with, newest first. */
  sites(): SiteSummary[];
  /** Where what was made is; null when no set-up is open. */
  belongings(): Belongings | null;
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
  /** May be empty until a set-up is open: nothing is asked of a step before. */
  steps: readonly Step[];
  /** Reaches the broker; what it needs to know meanwhile it asks through `hooks`. */
  open(answers: Answers, hooks: OpenHooks): Promise<Opened>;
  sites(): SiteSummary[];
  /** Makes each path that was typed absolute (`withWholePaths`). */
  whole(answers: Answers): Answers;
  /** The answers to begin with, and whether to go there at once or to the welcome screen. */
  answers: Answers;
  openAtOnce: boolean;
  /** The words that start this program again; `lockstep` unless told. */
  command?: string;
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
  /** What the user should know about what is remembered, one sentence each. */
  notes: string[];
  /** Points the live pane at the broker as it is now. */
  aim(): Promise<void>;
  /** Writes the answers, and no secret, into a file; gives its path. */
  saveAnswers(answers: Answers): Promise<string>;
  remember(answers: Answers, step: StepId, seen: Seen): Promise<void>;
  /** What was seen, and nothing else: the answers of a command that only looks are not kept. */
  rememberSeen(seen: Seen): Promise<void>;
  close(): Promise<void>;
}
