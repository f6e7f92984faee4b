import type { z } from 'zod';
import type { runEvent } from '../../support/program/contract.ts';
import type { Kind } from './knock/call.ts';

type RunEvent = z.infer<typeof runEvent>;

/** What a plan says of one kind of caller at one listener. */
export type Told = Extract<RunEvent, { event: 'access' }>;
/** What the end of a run says stays open. */
export type Open = NonNullable<Extract<RunEvent, { event: 'end' }>['open']>[number];

export const toldIn = (events: readonly RunEvent[]): Told[] =>
  events.filter((event) => event.event === 'access');

/** The event as a reader says it. */
export const wordsOf = ({ listener, who, from, before, after }: Told): string =>
  `${listener.port || listener.address} at ${listener.address} (${listener.protocol}) · ${who} ` +
  `from ${from}: ${before} -> ${after}`;

/** The kinds of callers that a plan means by its words. */
export const meant: Readonly<Record<Told['who'], readonly Kind[]>> = {
  anonymous: ['anonymous'],
  password: ['password', 'shared-key', 'key-and-name'],
  plugin: ['plugin'],
  certificate: ['certificate', 'second-certificate', 'newcomer'],
};

/** Whether a caller shows a name and password that are known. */
export const isNamed = (kind: Kind): boolean =>
  kind === 'password' || kind === 'password-alone' || kind.startsWith('user-');

/** Whether a word speaks of a kind of callers, too: a name in a password file may be a plugin's to know. */
export function covers(who: Told['who'], kind: Kind): boolean {
  if (meant[who].includes(kind)) return true;
  // A name that nobody knows counts where any does: with everybody, or with the names.
  if (kind === 'made-up') return who === 'anonymous' || who === 'password';
  return isNamed(kind) && (who === 'password' || who === 'plugin');
}
