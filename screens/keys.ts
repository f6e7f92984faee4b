import type { Glyphs } from './glyphs.ts';
import { bindings } from './key-table.ts';

/** What the keyboard is talking to. The topmost layer decides (see keyboard.tsx). */
export type Mode = 'list' | 'form' | 'field' | 'overlay' | 'commands' | 'live';

export type Action =
  | 'choose'
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

export const bindingFor = (mode: Mode, key: string): Binding | undefined =>
  bindings.find((binding) => binding.modes.includes(mode) && binding.keys.includes(key));

/** Why a key does nothing, in a footer of any width. */
export const refusal = ({ label }: Binding, reason: string): string =>
  label === '' ? reason : `${label}: ${reason}`;

/** What the footer offers: what can be done now, in the table's order. */
export const footerBindings = (mode: Mode, context: KeyContext): Binding[] =>
  bindings.filter(
    (binding) =>
      binding.label !== '' && binding.modes.includes(mode) && !binding.disabled?.(context),
  );

/** All keys as text for the manual, one a line. */
export function keyTable(glyphs: Glyphs): string[] {
  return bindings.map(
    (binding) =>
      `${binding.shown(glyphs).padEnd(16)}${binding.modes.join(', ').padEnd(22)}${binding.help}`,
  );
}
