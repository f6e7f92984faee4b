import { behaviourOf } from '../config/model/behaviour.ts';
import type { Configuration } from '../config/model/configuration.ts';
import { type ConfiguredListener, type Memory, textOf } from '../config/model/memory.ts';
import { allowed, pluginsFor } from './protection.ts';
import { protocolOf } from './sockets.ts';

/** What becomes of the listeners of the HTTP API, a sentence each. */
export interface ApiChanges {
  /** Who has to show a name and password now would not, or others would do. */
  loosened: string[];
  /** Who need show none now will. */
  closed: string[];
}

/**
 * The HTTP API of 2.1 (`protocol http_api`) speaks no MQTT, but asks for names and passwords by the same
 * settings: whoever may connect without one may ask it for the broker's topics and listeners.
 */
export function apiChanges(now: Configuration, then: Configuration): ApiChanges {
  const changes: ApiChanges = { loosened: [], closed: [] };
  for (const one of apis(now)) {
    const place = `Port ${one.port} (http_api)`;
    const other = apis(then).find(({ port }) => port === one.port);
    if (!other) {
      changes.closed.push(`${place} is there no more.`);
      continue;
    }
    const [was, is] = [asks(one, now), asks(other, then)];
    if (was.everybody && !is.everybody)
      changes.closed.push(`${place} answers nobody without a name and password from now on.`);
    if (!was.everybody && is.everybody)
      changes.loosened.push(`${place} would answer everybody, and asks for a name now.`);
    else if (was.names !== is.names)
      changes.loosened.push(`${place} would go by other names and passwords than now.`);
  }
  return changes;
}

const apis = ({ memory, error }: Configuration): ConfiguredListener[] =>
  error === null ? memory.listeners.filter((one) => protocolOf(one) === 'http_api') : [];

/** Whether everybody is answered, and by what names are known. */
function asks(listener: ConfiguredListener, { memory, version }: Configuration) {
  const behaviour = behaviourOf(version);
  return {
    everybody: allowed(listener, memory, behaviour).accepted,
    names: [
      textOf(settingsFor(listener, memory), 'password_file'),
      ...pluginsFor(listener, memory, behaviour).map(({ path }) => path),
    ].join(' '),
  };
}

const settingsFor = ({ security }: ConfiguredListener, memory: Memory) =>
  (memory.perListener === null ? memory.security : security).settings;
