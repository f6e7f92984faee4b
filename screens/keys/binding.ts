import type { Glyphs } from '../text/glyphs.ts';

/** What the keyboard is talking to. The topmost layer decides (see keyboard.tsx). */
export type Mode = 'list' | 'form' | 'field' | 'overlay' | 'commands' | 'live';

export type Action =
  | 'next-choice'
  | 'previous-choice'
  | 'pick'
  | 'accept'
  | 'scroll'
  | 'back'
  | 'previous-step'
  | 'retry'
  | 'focus'
  | 'commands'
  | 'help'
  | 'leave'
  | 'stop'
  | 'suspend'
  | 'next-field'
  | 'previous-field'
  | 'change'
  | 'edit'
  | 'print'
  | 'pause'
  | 'filter';

/** What decides whether a key does something just now. */
export interface KeyContext {
  step: boolean;
  firstStep: boolean;
  live: boolean;
  mayRetry: boolean;
  /** A shell could take it up again. */
  suspends: boolean;
}

export interface Binding {
  action: Action;
  modes: readonly Mode[];
  keys: readonly string[];
  /** The keys as the footer and the help name them. */
  shown(glyphs: Glyphs): string;
  /** One or two words for the footer; '' keeps it out of the footer. */
  label: string;
  help: string;
  /** Why it does nothing just now, or undefined when it does. */
  disabled?(context: KeyContext): string | undefined;
}
