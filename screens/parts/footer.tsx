import type { Action, Binding, KeyContext } from '../keys/binding.ts';
import { useKeyboard } from '../keys/keyboard.tsx';
import { footerBindings } from '../keys/keys.ts';
import { type Line, widthOf } from '../text/lines.ts';
import { Row } from './lines.tsx';
import { useLook } from './look.tsx';

/** What goes first where there is no room; the help has it all. */
const spare: readonly Action[] = ['focus', 'previous-step', 'commands', 'change', 'next-field'];

/** The keys that do something now, as many as fit; or why the last key did nothing. */
export function Footer({ context, notice }: { context: KeyContext; notice: string }) {
  const { glyphs, layout } = useLook();
  const keyboard = useKeyboard();
  const said = notice || keyboard.notice;
  const width = layout.columns;
  if (said !== '') return <Row line={[{ text: ` ${said}`, tone: 'warning' }]} width={width} />;

  const hint = (binding: Binding, index: number): Line => [
    { text: `${index === 0 ? ' ' : '  '}${binding.shown(glyphs)}`, tone: 'strong' },
    { text: ` ${binding.label}`, tone: 'quiet' },
  ];
  let offered = footerBindings(keyboard.mode, context);
  for (const action of spare)
    if (widthOf(offered.flatMap(hint)) > width)
      offered = offered.filter((binding) => binding.action !== action);
  return <Row line={offered.flatMap(hint)} width={width} />;
}
