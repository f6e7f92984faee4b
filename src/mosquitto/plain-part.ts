import type { Goal } from './access.ts';
import { type Manner, ownWord } from './contradictions.ts';
import { portOf } from './port-of.ts';
import type { Configuration, Directive } from './read.ts';
import { isLocalOnly } from './sockets.ts';
import type { Door } from './who.ts';

/**
 * The plain port's listener, where access.conf has to open it: where no `listener` line did (`port`, a
 * setting before any listener, no listener at all), for those lines go or count no longer. It stays
 * bound as it was. Empty where a listener of its own is there, or nothing listens.
 */
export function reopened(
  { memory, directives }: Configuration,
  doors: readonly Door[],
  goal: Goal,
  manner: Manner,
): string[] {
  const port = goal.ports.plain;
  const there = doors.filter((door) => door.port === port);
  const own = memory.listeners.some((one) => !one.isDefault && one.port === port);
  if (port === null || own || there.length === 0 || goal.plainListener === 'remove') return [];
  const here =
    goal.plainListener === 'loopback' || there.every(({ address }) => isLocalOnly(address));
  const host = memory.defaultListener?.host;
  const local = host !== undefined && isLocalOnly(host) ? host : '127.0.0.1';
  const address = here ? local : (host ?? '');
  const word = ownWord(goal, manner);
  return [
    `listener ${port} ${address}`.trim(),
    ...(word === null ? [] : [word]),
    ...directives.filter((one) => goesOn(one, goal, manner, here)).map(({ raw }) => raw.trim()),
  ];
}

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
