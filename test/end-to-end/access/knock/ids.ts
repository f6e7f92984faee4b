import type { Kind } from './call.ts';
import type { Side } from './sockets.ts';

// The broker's log tells clients apart by nothing but their ids.

/** From where somebody comes is in the id. */
export const sideId = (clientId: string, side: Side): string => `${clientId}-${side}`;

/** Each kind of caller has an id of its own. */
export const callerId = (clientId: string, kind: Kind): string => `${clientId}-${kind}`;
