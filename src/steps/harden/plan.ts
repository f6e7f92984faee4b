import type { Candidate } from '../../mosquitto/candidate/candidate.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import type { Rewrite } from '../../undo/change/rewrite.ts';
import type { Waiting } from '../../undo/change/waiting.ts';
import type { PlainUse } from '../contract/plain-clients.ts';
import type { Closing } from '../plain-port/closing.ts';
import type { Release } from '../release/release.ts';

export interface HardenReport {
  before: Listener[];
  /** What would listen afterwards. */
  after: Listener[];
  contradictions: Candidate['contradictions'];
  /** The plain port; null where there is none. */
  plain: number | null;
  /** Who uses the plain port; null where nobody can. */
  use: PlainUse | null;
  /** Whether the port that is left open while devices move can be closed; null where none is. */
  closing: Closing | null;
  /** The choice that closes it. */
  closedBy: 'refuse' | 'remove';
}

/** What it takes to make the change, or to settle one that waits. */
export interface HardenWork {
  candidate: Candidate;
  /** What the link is to name; null as long as there are no certificates. */
  release: Release | null;
  rewrite: Rewrite;
  /** A change that is in place already: it is proved, not made again. */
  waiting?: Waiting;
  /** That change is to be put back. */
  goBack?: { id: string };
}
