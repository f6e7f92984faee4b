import type { Look } from '../../mosquitto/inspection/look.ts';
import type { Cause } from '../../mqtt/cause.ts';
import type { Observation } from '../../mqtt/probe.ts';
import type { Evidence, OpenSocket } from '../contract/evidence.ts';
import type { Viewpoint } from '../reach/ways.ts';

/** One thing to prove from outside: what is shown at which listener, and what must come of it. */
export interface Proof {
  id: string;
  title: string;
  expect: Evidence['expect'];
  /** What is a refusal of this client, though it says nothing of others (`aboutNobody`). */
  counts?: readonly Cause[];
  /** Who else gets in there, by choice. */
  open?: OpenSocket[];
  /** How much room there is for it. */
  limit?: Room;
  try(): Promise<Seen>;
}

/** What came of it, and from where it was seen; that is left out at a trial. */
export type Seen = Pick<Observation, 'observed' | 'cause' | 'words'> & Partial<Viewpoint>;

/** What a look at the broker tells of its listeners. */
export type Listening = Pick<Look, 'configuration' | 'effective'>;

/** So many clients a listener takes at once (`max_connections`), or that its broker may hang up on anybody. */
export type Room = number | 'hasty' | undefined;
