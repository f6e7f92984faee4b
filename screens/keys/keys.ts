import type { Glyphs } from '../text/glyphs.ts';
import type { Binding, KeyContext, Mode } from './binding.ts';
import { bindings } from './key-table.ts';

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
