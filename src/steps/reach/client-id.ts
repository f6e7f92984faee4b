import { randomBytes } from 'node:crypto';
import { textOf } from '../../mosquitto/config/model/memory.ts';
import type { Look } from '../../mosquitto/inspection/look.ts';

/**
 * A client id as this broker wants it: where only ids with a certain beginning are let in, that is no lock, for
 * everybody chooses its own. Another one each time: a second client of the same id ends the first.
 */
export function clientIdFor({ configuration }: Pick<Look, 'configuration'>): string {
  const beginning = textOf(configuration.memory.broker, 'clientid_prefixes') ?? '';
  return `${beginning}lockstep${randomBytes(7).toString('hex')}`;
}
