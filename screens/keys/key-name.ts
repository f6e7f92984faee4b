import type { Key } from 'ink';

const special = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const;

/** The name, as the key table has it, of a key that Ink has read; '' for those that have none. */
export function keyName(input: string, key: Key): string {
  if (key.tab) return key.shift ? 'shift-tab' : 'tab';
  for (const [property, name] of special) if (key[property]) return name;
  if (key.ctrl) return input === '' ? '' : `ctrl-${input}`;
  if (key.meta) return '';
  return input === '\n' ? 'enter' : input === ' ' ? 'space' : input;
}

/** The text that a key types; '' for those that only act, such as Page Up, Tab, or Ctrl with a letter. */
export function typed(input: string, key: Key): string {
  const acts = key.tab || key.ctrl || key.meta || special.some(([property]) => key[property]);
  return acts || input === '\n' ? '' : input;
}
