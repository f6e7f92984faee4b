import type { HardenReport } from '../../src/steps/harden/plan.ts';
import { hanging, type Line, say } from '../text/lines.ts';
import { listenerLines } from '../views/listeners.ts';
import { plainUseLines } from '../views/plain-use.ts';
import { sections } from './sections.ts';

/** Which listeners are open now, which will be, and which lines stand against it. */
export function hardenLines(
  { before, after, contradictions, use, plain }: HardenReport,
  width: number,
): Line[] {
  const same = JSON.stringify(listenerLines(before)) === JSON.stringify(listenerLines(after));
  return sections(
    use && plain !== null ? plainUseLines(use, plain, width) : [],
    same ? [] : [say('Now:', 'strong'), ...listenerLines(before)],
    [say(same ? 'As it is:' : 'Afterwards:', 'strong'), ...listenerLines(after)],
    contradictions.flatMap(({ place, text, why }) => [
      ...hanging([{ text: '! ', tone: 'warning' }], `${place.file}:${place.line}  ${text}`, width),
      ...hanging([{ text: '  ' }], why, width, 'quiet'),
    ]),
  );
}
