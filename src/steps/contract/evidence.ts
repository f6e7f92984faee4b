import type { Who } from '../../mosquitto/effective/listener.ts';

/** A socket at which somebody gets in, besides the holders of our certificates. */
export interface OpenSocket {
  port: number;
  /** As the broker binds it, or a unix path. */
  address: string;
  who: Who;
  /** Not with a password but with a pre-shared key. */
  key?: true;
}

/** One thing that must work or must be refused, and what happened. */
export interface Evidence {
  id: string;
  /** One line for the screen: what was tried. */
  title: string;
  expect: 'accepted' | 'refused';
  observed: 'accepted' | 'refused' | 'unreachable';
  /** A short stable id of why it was refused. */
  cause: string | null;
  /** The same in one sentence. */
  words: string;
  /** From where it was seen, for people: `here`, `the broker's own machine`, `radxa@pump-3`. */
  from?: string;
  pass: boolean;
  /** It was let in, and less than that was shown: the words say what was not, and why. */
  partly?: true;
  /** Who else gets in there, by choice. */
  open?: OpenSocket[];
}
