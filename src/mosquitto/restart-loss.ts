import { isOn } from './memory.ts';
import type { Configuration } from './read.ts';

/**
 * What a restart makes the broker forget, in a sentence; null where it keeps it. Without `persistence true`
 * (mosquitto.conf(5); off is the default) retained messages, and what waits for clients that are away, are in
 * memory alone. 2.1 may keep them by a plugin; one of an unknown name may be of that kind, too.
 */
export function restartLoss({ memory, directives }: Configuration): string | null {
  if (isOn(memory.broker, 'persistence')) return null;
  const keeps = directives.some(
    ({ option, value }) => /plugin/.test(option) && /persist|sqlite/i.test(value),
  );
  return keeps
    ? null
    : 'The broker keeps nothing on its disk (no "persistence true"): the restart loses all retained messages, and what waits for clients that are away.';
}
