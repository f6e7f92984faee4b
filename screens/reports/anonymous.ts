import type { AnonymousReport } from '../../src/steps/anonymous.ts';
import { type Line, paragraph } from '../lines.ts';

/** What to look at while it happens. */
export function anonymousLines({ observed, words }: AnonymousReport, width: number): Line[] {
  return observed === 'accepted'
    ? paragraph(
        'Watch the live pane below: it listens without a name or a password, like anybody could. The message arrives there.',
        width,
      )
    : paragraph(words, width);
}
