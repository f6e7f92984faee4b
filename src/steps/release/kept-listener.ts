import { behaviourOf } from '../../mosquitto/config/model/behaviour.ts';
import type { Configuration } from '../../mosquitto/config/model/configuration.ts';
import { type ConfiguredListener, isOn } from '../../mosquitto/config/model/memory.ts';
import { decidesTopics } from '../../mosquitto/effective/admission.ts';
import { portOf } from '../../mosquitto/effective/port-of.ts';
import { pluginsFor } from '../../mosquitto/effective/protection.ts';
import { protocolOf } from '../../mosquitto/effective/sockets.ts';

/**
 * Why the holders of certificates whom a port takes now cannot be kept beside ours without letting in others,
 * or letting them do something else; null where they can.
 */
export function whyNotKept(configuration: Configuration, port: number): string | null {
  const there = configuration.memory.listeners.filter((one) => portOf(one) === port);
  const [listener] = there;
  if (!listener) return 'Nothing listens there.';
  if (new Set(there.map(settingsOf)).size > 1)
    return 'It has several listeners with different settings, and would have one: clients of one listener would come under the settings of the other.';
  const { settings } = listener;
  if (protocolOf(listener) !== 'mqtt')
    return `It speaks ${protocolOf(listener)}, and the new listener MQTT: nobody who comes by it now would be understood.`;
  if (!isOn(settings, 'require_certificate'))
    return 'It asks for no certificate, so there is no authority to keep.';
  if (settings.has('crlfile'))
    return 'It has a revocation list (crlfile), which would refuse our certificates; without it those it revokes would get in.';
  if (settings.has('capath')) return 'Its authorities are in a folder (capath), not in one file.';
  if (!isOn(settings, 'use_identity_as_username') && hasRules(listener, configuration))
    return 'What its clients may do is decided by name, and their names would be others: from now on it is the common name (CN) of the certificate.';
  return null;
}

/** What a listener is set to, but for where it is bound and what it shows. */
const settingsOf = ({ settings, security }: ConfiguredListener): string =>
  [...settings, ...security.settings]
    .filter(([name]) => !['bind_interface', 'certfile', 'keyfile', 'socket_domain'].includes(name))
    .map(([name, { value }]) => `${name} ${value}`)
    .concat(security.plugins.map(({ path }) => path))
    .sort()
    .join('\n');

/** Whether an access list or a plugin decides what clients of a listener may do. */
function hasRules(listener: ConfiguredListener, { memory, version }: Configuration): boolean {
  const { settings } = memory.perListener === null ? memory.security : listener.security;
  const plugins = pluginsFor(listener, memory, behaviourOf(version));
  return settings.has('acl_file') || plugins.some(decidesTopics);
}
