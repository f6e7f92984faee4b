import type { AnonymousReport } from '../../src/steps/anonymous/anonymous.ts';
import { type Line, paragraph } from '../text/lines.ts';

/** What to look at while it happens. */
export function anonymousLines({ observed, words }: AnonymousReport, width: number): Line[] {
  return observed === 'accepted'
    ? paragraph(
        'Whoever reaches the broker gets in without a name or a password. A live pane that listens at this port, too, hears what they hear.',
        width,
      )
    : paragraph(words, width);
}
