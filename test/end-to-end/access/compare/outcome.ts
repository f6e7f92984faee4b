import type { Open, Told } from '../plan.ts';
import type { Table } from '../table.ts';

/** One run: who got in before it and after it, and what its plan and its end said. */
export interface Outcome {
  before: Table;
  after: Table;
  told: readonly Told[];
  open: readonly Open[];
  /** What the plan says of those who were seen. */
  noted?: Noted;
  /** The port that holders of the new certificates come by. */
  tlsPort: number;
}

/** What a plan says of those who were seen: by port, the line of each client. */
export interface Noted {
  /** The id that all callers' ids begin with. */
  clientId: string;
  /** Whether a client's id is what it chose: with use_username_as_clientid it is its name. */
  told: boolean;
  notes: readonly string[];
}
