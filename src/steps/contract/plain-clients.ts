import type { Client } from '../../mosquitto/clients/clients.ts';

/** A client that comes, or came, by the plain port. */
export type PlainClient = Pick<
  Client,
  'clientId' | 'address' | 'user' | 'lastSeen' | 'connected' | 'endpoint' | 'unknown'
> & {
  /** What becomes of it with the answers as they are. */
  fate: Fate;
  /** By which of these other ports it may have come instead: the log does not tell. */
  orPorts?: number[];
};

/** `perhaps`: only some are let in from then on of those of whom the log says as much. */
export type Fate = 'refused' | 'nothing-there' | 'stays' | 'perhaps';

/** A client that comes, or came, by another port at which somebody is let in no more. */
export type OtherClient = PlainClient & { port: number };

/** Who uses the plain port, as far as can be told, and who is shut out elsewhere. */
export interface PlainUse {
  /** Newest first; neither Lockstep's own nor those that have moved to the TLS port since. */
  clients: PlainClient[];
  /** Newest first, Lockstep's own left out. */
  others?: OtherClient[];
  /** More came than are named, earlier than these. */
  more?: boolean;
  /** Earlier nothing is known; null where that cannot be told. */
  since: Date | null;
  /** Why the broker's log does not tell who connects, in words. */
  untold: string | null;
  /** When it was looked at. */
  at: Date;
}

/** What the log and the sockets tell, and who was seen at the TLS port and stays there: when, by client id. */
export interface PlainLook extends PlainUse {
  tlsClients: Map<string, Date>;
}

/**
 * Who came by the plain port since it was left open, remembered so that a log that was rotated away
 * loses nobody. It informs; it makes nothing secure.
 */
export interface PlainLedger {
  /** From when on it is complete (ISO time); null: not known. */
  since: string | null;
  /** When it was looked at last (ISO time). */
  until: string;
  /** Newest first. */
  clients: LedgerClient[];
}

export interface LedgerClient {
  clientId: string | null;
  address: string;
  user: string | null;
  /** ISO time. */
  lastSeen: string | null;
  /** The far end of its connection when it was looked at last; null where it had none. */
  endpoint: string | null;
}
