import { clean } from '../text/clean.ts';
import { Trouble } from './trouble.ts';

/**
 * What a change was shown for is not as it was then: nothing is done that was not shown. `what` is a file or a folder;
 * `detail` the difference, already cleaned.
 */
export const changedSince = (what: string, detail = ''): Trouble =>
  new Trouble(`${clean(what)} was changed since the change to it was shown.`, {
    likely: 'Somebody else, or a program, works there, too. Nothing was changed.',
    next: 'Try again: the change is worked out anew, from what is there now.',
    detail,
  });
