import { useKeyboard } from '../keyboard.tsx';
import { footerBindings, type KeyContext } from '../keys.ts';
import { type Line, widthOf } from '../lines.ts';
import { useLook } from '../look.tsx';
import { Row } from './lines.tsx';

/** The keys that do something now, as many as fit; or why the last key did nothing. */
export function Footer({ context, notice }: { context: KeyContext; notice: string }) {
  const { glyphs, layout } = useLook();
  const keyboard = useKeyboard();
  const said = notice || keyboard.notice;
  if (said !== '')
    return <Row line={[{ text: ` ${said}`, tone: 'warning' }]} width={layout.columns} />;
  const keys = footerBindings(keyboard.mode, context).map(
    (binding): Line => [
      { text: ` ${binding.shown(glyphs)}`, tone: 'strong' },
      { text: ` ${binding.label} `, tone: 'quiet' },
    ],
  );
  return <Row line={fitting(keys, layout.columns)} width={layout.columns} />;
}

/** Whole hints only; leaving and help, the last ones, stay longest. */
function fitting(keys: Line[], columns: number): Line {
  const kept = [...keys];
  while (kept.length > 2 && widthOf(kept.flat()) > columns) kept.splice(kept.length - 3, 1);
  return kept.flat();
}
