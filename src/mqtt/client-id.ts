import { randomBytes } from 'node:crypto';

/**
 * A client id of our own, which nobody else has: what it must begin with at that broker (`clientid_prefixes`),
 * and 22 letters and digits. Without a beginning that is what every broker must accept (MQTT 3.1.1 section 3.1.3.1).
 */
export function ownClientId(prefix = ''): string {
  return `${prefix}lockstep${randomBytes(7).toString('hex')}`;
}

/** Whether it is an id that we made. */
export const isOwnClientId = (id: string): boolean => /lockstep[0-9a-f]{14}$/.test(id);
