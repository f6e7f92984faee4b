import type { Glyphs } from './glyphs.ts';

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

const always = (text: string) => () => text;
const onStep = (context: KeyContext) => (context.step ? undefined : 'there is no step yet');

/**
 * Every key there is. The dispatcher, the footer, the help and the manual are all made from this.
 * Order is the order in the footer; what does not fit there is in the help.
 */
export const bindings: readonly Binding[] = [
  {
    action: 'choose',
    modes: ['list'],
    keys: ['up', 'down', 'j', 'k'],
    shown: (glyphs) => glyphs.upDown,
    label: 'choose',
    help: 'move in the list (also j and k; 1 to 9 choose at once)',
  },
  {
    action: 'accept',
    modes: ['list'],
    keys: ['enter'],
    shown: (glyphs) => glyphs.enter,
    label: 'do it',
    help: 'do what the marker points at',
  },
  {
    action: 'next-field',
    modes: ['form'],
    keys: ['down', 'tab'],
    shown: (glyphs) => glyphs.upDown,
    label: 'field',
    help: 'the next question (also Tab)',
  },
  {
    action: 'previous-field',
    modes: ['form'],
    keys: ['up', 'shift-tab'],
    shown: always('up'),
    label: '',
    help: 'the question before (also Shift-Tab)',
  },
  {
    action: 'change',
    modes: ['form', 'field'],
    keys: ['left', 'right'],
    shown: (glyphs) => glyphs.leftRight,
    label: 'change',
    help: 'another choice, or move in the text',
  },
  {
    action: 'accept',
    modes: ['form', 'field'],
    keys: ['enter'],
    shown: (glyphs) => glyphs.enter,
    label: 'accept',
    help: 'accept; after the last question, keep them all',
  },
  {
    action: 'edit',
    modes: ['form', 'field'],
    keys: ['home', 'end', 'backspace', 'delete', 'ctrl-a', 'ctrl-e', 'ctrl-u', 'ctrl-k', 'ctrl-w'],
    shown: always('^A ^E ^U ^K ^W'),
    label: '',
    help: 'to the start, to the end, delete before, delete after, delete a word',
  },
  {
    action: 'scroll',
    modes: ['list', 'overlay', 'commands', 'live'],
    keys: ['pageup', 'pagedown', 'home', 'end'],
    shown: always('PgUp PgDn'),
    label: '',
    help: 'read on, or back (also Home and End)',
  },
  {
    action: 'scroll',
    modes: ['overlay', 'commands', 'live'],
    keys: ['up', 'down', 'j', 'k'],
    shown: (glyphs) => glyphs.upDown,
    label: 'read',
    help: 'one line on, or back (also j and k)',
  },
  {
    action: 'print',
    modes: ['commands'],
    keys: ['p'],
    shown: always('p'),
    label: 'print on leaving',
    help: 'in the commands: print them when you leave, to be copied from there',
  },
  {
    action: 'pause',
    modes: ['live'],
    keys: ['p', 'space'],
    shown: always('p'),
    label: 'pause',
    help: 'hold the live pane still, or let it go on (also Space)',
  },
  {
    action: 'filter',
    modes: ['live'],
    keys: ['/'],
    shown: always('/'),
    label: 'filter',
    help: 'in the live pane: show only what contains these letters',
  },
  {
    action: 'back',
    modes: ['list'],
    keys: ['esc'],
    shown: always('esc'),
    label: '',
    help: 'one level back; while something is looked at, stop it',
  },
  {
    action: 'back',
    modes: ['form', 'field', 'overlay', 'commands', 'live'],
    keys: ['esc'],
    shown: always('esc'),
    label: 'back',
    help: 'one level back; nothing that you typed is lost',
  },
  {
    action: 'previous-step',
    modes: ['list'],
    keys: ['b'],
    shown: always('b'),
    label: 'back',
    help: 'the step before',
    disabled: (context) => onStep(context) ?? (context.firstStep ? 'this is the first' : undefined),
  },
  {
    action: 'retry',
    modes: ['list'],
    keys: ['r'],
    shown: always('r'),
    label: '',
    help: 'try again what failed, or look again',
    disabled: (context) => (context.mayRetry ? undefined : 'nothing waits to be tried again'),
  },
  {
    action: 'focus',
    modes: ['list', 'live'],
    keys: ['tab', 'shift-tab'],
    shown: always('tab'),
    label: 'live pane',
    help: 'to the live pane and back',
    disabled: (context) => (context.live ? undefined : 'the live pane opens in step 2'),
  },
  {
    action: 'commands',
    modes: ['list'],
    keys: ['c'],
    shown: always('c'),
    label: 'commands',
    help: 'what you would type for this step, without frames, to be copied',
    disabled: onStep,
  },
  {
    action: 'help',
    modes: ['list', 'live'],
    keys: ['?'],
    shown: always('?'),
    label: 'help',
    help: 'this help',
  },
  {
    action: 'leave',
    modes: ['list', 'live', 'overlay', 'commands'],
    keys: ['q'],
    shown: always('q'),
    label: 'save and leave',
    help: 'leave; everything is kept, and the next start goes on here',
  },
  {
    action: 'stop',
    modes: ['list', 'form', 'field', 'overlay', 'commands', 'live'],
    keys: ['ctrl-c'],
    shown: always('^C'),
    label: '',
    help: 'leave at once; while something is changed, press it twice',
  },
  {
    action: 'suspend',
    modes: ['list', 'form', 'field', 'overlay', 'commands', 'live'],
    keys: ['ctrl-z'],
    shown: always('^Z'),
    label: '',
    help: 'back to the shell for a while; "fg" there goes on here',
    disabled: (context) => (context.suspends ? undefined : 'there is no shell to go back to'),
  },
];

export const bindingFor = (mode: Mode, key: string): Binding | undefined =>
  bindings.find((binding) => binding.modes.includes(mode) && binding.keys.includes(key));

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
