import { behaviourOf } from '../config/model/behaviour.ts';
import type { Configuration, Directive } from '../config/model/configuration.ts';
import type { ConfiguredListener, Memory } from '../config/model/memory.ts';
import { openListeners } from '../effective/listeners.ts';
import { loopbackOf } from '../effective/loopback.ts';
import { portOf } from '../effective/port-of.ts';
import { isLocalOnly } from '../effective/sockets.ts';
import type { Goal } from './access.ts';
import { type Manner, ownWord } from './contradictions.ts';

/**
 * The plain port's listener, where access.conf has to open it: where no `listener` line did (`port`, a
 * setting before any listener, no listener at all), for those lines go or count no longer. It stays
 * bound as it was. Empty where a listener of its own is there, or nothing listens.
 */
export function reopened(configuration: Configuration, goal: Goal, manner: Manner): string[] {
  const { memory, directives, version } = configuration;
  const port = goal.ports.plain;
  const open = openListeners(memory, behaviourOf(version));
  if (port === null || 'error' in open || goal.plainListener === 'remove') return [];
  const there = open.filter(({ sockets }) => sockets.some((socket) => socket.port === port));
  const written = there.filter(({ configured }) => isWritten(configured, memory));
  const unwritten = there.filter((one) => !written.includes(one));
  const [one] = unwritten;
  if (!one) return [];
  const addresses = unwritten.flatMap(({ sockets }) => sockets.map(({ address }) => address));
  const here = goal.plainListener === 'loopback' || addresses.every(isLocalOnly);
  // What is bound to this machine already is enough for its programs.
  if (goal.plainListener === 'loopback' && written.length > 0 && !addresses.every(isLocalOnly))
    return [];
  const { host } = one.configured;
  const local = host !== undefined && isLocalOnly(host) ? host : loopbackOf(configuration, port);
  const address = here ? local : (host ?? '');
  const word = ownWord(goal, manner);
  const settings = directives.filter((one) => goesOn(one, goal, manner, here));
  return [
    `listener ${port} ${address}`.trim(),
    ...(word === null ? [] : [word]),
    // Where there was no listener at all they did nothing.
    ...(one.configured.isDefault ? settings : []).map(({ raw }) => raw.trim()),
  ];
}

/** Whether a line of its own opened it. */
const isWritten = (listener: ConfiguredListener, { listeners }: Memory): boolean =>
  !listener.isDefault && listeners.includes(listener);

/** A setting of the default listener that its successor has, too. */
function goesOn(
  { option, scope, listener }: Directive,
  goal: Goal,
  manner: Manner,
  here: boolean,
): boolean {
  if (!listener?.isDefault || portOf(listener) !== goal.ports.plain) return false;
  if (option === 'port' || option === 'bind_address') return false;
  if (here && (option === 'bind_interface' || option === 'socket_domain')) return false;
  if (scope === 'listener') return option !== 'listener_allow_anonymous';
  if (scope !== 'security' || manner !== 'apart' || option === 'allow_anonymous') return false;
  return option !== 'password_file' || goal.plainListener !== 'refuse';
}
