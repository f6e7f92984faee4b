import type { z } from 'zod';
import type { runEvent } from '../contract.ts';

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
