import { Trouble } from '../../errors/trouble.ts';
import type { Clock } from '../../host/clock/clock.ts';
import {
  howToSet,
  isOff,
  offWords,
  timeText,
  timeThere,
  whyOff,
} from '../../host/clock/clock-words.ts';
import { clean } from '../../text/clean.ts';

/** A certificate that is to be believed on a machine. */
export interface Dated {
  /** As in a sentence: `the certificate of client01`. */
  what: string;
  notBefore: Date;
  notAfter: Date;
}

/**
 * Throws a Trouble where a certificate is valid by our clock and not by the clock of the machine that
 * is to believe it: installed there it would be refused, and the broker with it.
 */
export function refuseByClock(
  where: string,
  clock: Clock,
  dated: readonly Dated[],
  now: Date,
): void {
  const there = timeThere(clock, now);
  const wrong = dated.filter((one) => isValid(one, now) && !isValid(one, there));
  const [first] = wrong;
  if (!first) return;
  const when =
    there < first.notBefore
      ? `would not be valid there before ${timeText(first.notBefore)}`
      : `has ended there, on ${timeText(first.notAfter)}`;
  const others = wrong.length > 1 ? `, and ${wrong.length - 1} more` : '';
  throw new Trouble(
    `The clock of ${clean(where, 80)} is ${offWords(clock)}: ${first.what} ${when}${others}.`,
    {
      likely: `There it is ${timeText(there)}, here ${timeText(now)}. ${whyOff(clock, now)}`,
      next: `${howToSet(clock, now)} Then try again; nothing was changed.`,
    },
  );
}

const isValid = ({ notBefore, notAfter }: Dated, at: Date): boolean =>
  notBefore <= at && at <= notAfter;

/** What to know of a clock that is off though the certificates are valid there. */
export function clockNotes(
  where: string,
  clock: Clock,
  now: Date,
): { text: string; warning: boolean }[] {
  if (!isOff(clock)) return [];
  const text = `The clock of ${clean(where, 80)} is ${offWords(clock)}. The certificates are valid there all the same, but begin and end by that clock. ${whyOff(clock, now)} ${howToSet(clock, now)}`;
  return [{ text, warning: true }];
}
