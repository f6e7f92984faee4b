import type { TroubleView } from '../../state/machine/step-machine.ts';
import { blank, hanging, type Line, paragraph } from '../text/lines.ts';

/** What happened, likely why, what to do; the details, often the other side's own words, last. */
export function troubleLines(trouble: TroubleView, width: number): Line[] {
  const lines: Line[] = paragraph(trouble.what, width, 'bad');
  if (trouble.likely) lines.push(...hanging([{ text: 'Likely  ' }], trouble.likely, width));
  if (trouble.next) lines.push(...hanging([{ text: 'Next    ' }], trouble.next, width, 'strong'));
  if (trouble.detail) {
    lines.push(blank, [{ text: 'In detail:', tone: 'quiet' }]);
    for (const line of trouble.detail.split('\n')) lines.push(...paragraph(line, width, 'quiet'));
  }
  return lines;
}
