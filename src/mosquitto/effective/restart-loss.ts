import type { Configuration } from '../config/model/configuration.ts';
import { knownPlugin } from '../config/model/known-plugins.ts';
import { isOn } from '../config/model/memory.ts';

/**
 * What a restart makes the broker forget, in a sentence; null where it keeps it. Without `persistence true`
 * (mosquitto.conf(5); off is the default) retained messages, and what waits for clients that are away, are in
 * memory alone. 2.1 may keep them by a plugin, known by the name of its own file: what an option of another
 * plugin is called says nothing of it.
 */
export function restartLoss({ memory, directives }: Configuration): string | null {
  if (isOn(memory.broker, 'persistence')) return null;
  const plugins = directives.flatMap(({ plugin }) => (plugin ? [plugin.path] : []));
  return plugins.some((path) => knownPlugin(path)?.isDatabase)
    ? null
    : 'The broker keeps nothing on its disk (no "persistence true"): the restart loses all retained messages, and what waits for clients that are away.';
}
