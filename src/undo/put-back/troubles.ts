import { Trouble } from '../../errors/trouble.ts';
import type { RunResult } from '../../host/api/host.ts';
import { wasNotTold } from '../../mosquitto/service/not-started.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import type { Replay } from './replay.ts';

type Words = Pick<RunResult, 'stderr'>;

/** What the broker's host says when it could not keep a copy, or not write. Nothing of the broker was changed by it. */
export const notRegistered = (what: string, folder: string, words: Words): Trouble =>
  notWritten(what, folder, words, ' The broker was not touched.');

/** What was there before could not be put back: not begun, or half done. */
export const notPutBack = (name: string, folder: string, words: Words): Trouble =>
  notWritten(`What was on ${name} before could not be put back.`, folder, words);

/** All is put back, and that it is could not be kept. */
export const notSettled = (folder: string, words: Words): Trouble =>
  notWritten('That all is put back could not be kept.', folder, words);

/** `untouched`: what can be said of the broker, with a blank before it. */
function notWritten(what: string, folder: string, { stderr }: Words, untouched = ''): Trouble {
  const detail = cleanLines(stderr, 5).join('\n');
  if (/No space left/.test(stderr))
    return new Trouble(what, {
      likely: 'The disk there is full.',
      next: `Make room ("df -h" shows where; "df -i" too, where too many small files are the cause), then try again.${untouched}`,
      detail,
    });
  if (/Read-only file system/.test(stderr))
    return new Trouble(what, {
      likely: 'The file system there is mounted read-only: by choice, or after a disk error.',
      next: 'Make it writable ("findmnt" and "dmesg" tell more), then try again.',
      detail,
    });
  // In the words of the scripts themselves, which refuse such a folder.
  if (/ (is a symbolic link|belongs to somebody else)$/m.test(stderr))
    return new Trouble(what, {
      likely:
        'Another user of that machine has put something in the place of a folder of Lockstep.',
      next: `See what it is and where it leads, remove it, then try again.${untouched && ' Nothing was changed.'}`,
      detail,
      exitCode: 4,
    });
  return new Trouble(what, {
    likely: 'The words of that machine tell why.',
    next: folder
      ? `Look at ${clean(folder)} there, put the cause right, then try again.`
      : `Put the cause right, then try again.${untouched}`,
    detail,
  });
}

/** Whether a change waits on the broker's host could not be seen; with that machine's words, where there are any. */
export const notLookedFor = (name: string, state: string, words = ''): Trouble =>
  new Trouble(`Whether a change on ${name} waits for its proof cannot be told.`, {
    likely: `Something in ${clean(state)} there cannot be read: most likely a disk error.`,
    next: `Look there ("sudo ls -la ${clean(state)}", "dmesg"), then try again, or put everything back with "lockstep undo". Nothing was changed.`,
    detail: cleanLines(words, 5).join('\n'),
  });

/** In a sentence: the files are back, and the broker is not as it was before the change. */
export function notAsItWas({ ran, because }: Pick<Replay, 'ran' | 'because'>): string {
  if (ran === false)
    return 'The files are back as they were, but the broker runs: it was stopped before.';
  // What hangs may have left the broker running, as it was.
  return /operation timed out/.test(because) || wasNotTold(because)
    ? 'The files are back as they were, but the broker was not restarted with them in time.'
    : 'The broker is down: it starts neither with the change nor with its old files.';
}
