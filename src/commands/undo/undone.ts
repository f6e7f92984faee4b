import type { ReadingError } from '../../mosquitto/config/model/configuration.ts';
import type { StillNamed } from '../../undo/put-back/still-named.ts';

/**
 * What `undo` did, or (`would-restore`) would do: paths on the broker's host, and whether the service runs then;
 * null: it is not told. `later`, if anything: what somebody has changed since; where it was done, with the name it is
 * kept under. `gone`, if any: what somebody has removed since, and would be there again. `named`, if anything: folders in `left` that stay because lines which are not Lockstep's name what is in them;
 * `unread`: because these parts of the configuration could not be read, and may do so. `lost`: lines of a configuration
 * that does not load anyway, by which the broker finds no certificate then. `fault`: why the broker would not start with
 * what was there before.
 */
export interface Undone {
  result: 'restored' | 'would-restore' | 'nothing-to-undo';
  restored: string[];
  removed: string[];
  left: string[];
  later?: { path: string; kept?: string }[];
  gone?: string[];
  named?: (NamingLine & { path: string })[];
  unread?: string[];
  lost?: NamingLine[];
  fault?: ReadingError;
  ran: boolean | null;
}

export type NamingLine = Pick<StillNamed, 'file' | 'line' | 'text'>;
