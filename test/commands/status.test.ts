import { expect, test } from 'vitest';
import { waitingText } from '../../src/commands/status.ts';
import { waitingIn } from '../../src/undo/change/waiting.ts';

test.each([
  ['30', 'this', 'it goes back by itself in 30 s.'],
  ['-3', 'this', 'its time is over: it goes back now.'],
  ['-21', 'this', 'nothing there puts it back any more: "lockstep undo" does'],
  ['30', 'another', 'nothing there puts it back any more: "lockstep undo" does'],
])('a change that is due in %s s, since %s boot', (left, boot, words) => {
  const waiting = waitingIn(['id', '0002-harden', 'ann from here', left, boot, '']);
  if (waiting === null || typeof waiting !== 'object') throw new Error(String(waiting));
  expect(waitingText(waiting)).toContain('A change made by ann from here is not proved yet');
  expect(waitingText(waiting)).toContain(words);
});
