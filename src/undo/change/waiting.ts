import { clean } from '../../text/clean.ts';

/** A change that is in place and waits for its proof; it is put back by the host itself when none comes. */
export interface Waiting {
  id: string;
  group: string;
  /** Who made it, for people. */
  who: string;
  /** Until it is put back. */
  secondsLeft: number;
  /** Nobody on the host puts it back any more: it was started anew, or who waited there was ended. */
  overdue: boolean;
}

/** Putting back may take so long once it is due: other work there comes to its end first. */
const graceSeconds = 20;

/** What `undo/waiting.sh` says, its fields. `confirmed`: one was cut off when it had been proved, and has to be settled. */
export function waitingIn(fields: readonly string[]): Waiting | 'reverting' | 'confirmed' | null {
  const [id = '', group = '', who = '', left = '', boot = ''] = fields;
  if (id === '') return null;
  if (id === 'reverting' || id === 'confirmed') return id;
  const secondsLeft = Math.max(0, Number(left) || 0);
  const overdue = boot === 'another' || Number(left) < -graceSeconds;
  return { id, group, who: clean(who, 80), secondsLeft, overdue };
}
