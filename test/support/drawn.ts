import { createHash } from 'node:crypto';

const lot = process.env.LOCKSTEP_TEST_DRAW;

/**
 * Whether a test on a broker's host is met in this run. All are; where LOCKSTEP_TEST_DRAW is set, as CI does by the
 * commit, a half of those that ask here, each time another one.
 */
export const isDrawn = (name: string): boolean =>
  !lot || ((createHash('sha256').update(`${lot} ${name}`).digest()[0] ?? 0) & 1) === 0;
