import type { ConfiguredListener } from '../config/model/memory.ts';
import type { Place } from '../config/model/place.ts';
import type { Protection } from './protection.ts';
import type { Socket } from './sockets.ts';

/** A configured listener with what it opens and how it is protected. */
export interface OpenListener {
  configured: ConfiguredListener;
  sockets: Socket[];
  protection: Protection;
  anonymous: { accepted: boolean; at?: Place };
}

/** Starting failed: the broker's words, and the line of the listener it was about. */
export interface StartError {
  error: string;
  place: Place | null;
}
