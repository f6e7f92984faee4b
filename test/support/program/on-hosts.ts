import { describe } from 'vitest';
import { hostsAvailable } from '../hosts/available.ts';

const can = hostsAvailable();

/** Where there can be no broker hosts, and nobody insists on them. */
export const leftOut = !can.ok && process.env.LOCKSTEP_TEST_ALL !== '1';

/** `describe` for what needs broker hosts; left out, visibly, where there can be none. */
export const onHosts = describe.skipIf(leftOut);

/** The first use on a machine makes the base folders. */
export const limit = { timeout: 900_000 };
