import type { Goal } from './access.ts';
import { type ConfiguredListener, type Memory, textOf } from './memory.ts';
import { portOf } from './port-of.ts';
import type { Configuration } from './read.ts';
import type { Door } from './who.ts';

/** The settings that decide what a client may do once it is in, or who it is. */
const deciding = ['password_file', 'acl_file', 'psk_file'] as const;

/**
 * What would decide otherwise than now at the listeners that are none of the two, a sentence each: settings
 * that each had for itself, and that one for all would change. `doors`: who gets in then.
 */
export function otherwise(
  now: Configuration,
  then: Configuration,
  doors: readonly Door[],
  goal: Goal,
): string[] {
  if (now.memory.perListener === null || then.error !== null) return [];
  // Where nobody gets in any more it does not matter.
  const serves = (one: ConfiguredListener) =>
    doors.some(
      ({ port, address, lets }) =>
        (one.path === undefined ? port === portOf(one) : address === one.path) &&
        Object.values(lets).includes(true),
    );
  const after = new Map(others(then.memory, goal).filter(([, one]) => serves(one)));
  return others(now.memory, goal).flatMap(([name, one]) => {
    const other = after.get(name);
    if (!other) return [];
    return deciding.flatMap((option) => {
      const [was, is] = [deciderOf(one, option, now.memory), deciderOf(other, option, then.memory)];
      return was === is
        ? []
        : [`${name}: ${option} would be ${is ?? 'none'}, and is ${was ?? 'none'} now.`];
    });
  });
}

function others({ listeners }: Memory, { ports }: Goal): [string, ConfiguredListener][] {
  return listeners
    .filter((one) => portOf(one) !== ports.tls && portOf(one) !== ports.plain)
    .map((one) => [one.path ?? `Port ${portOf(one)}${one.host ? ` at ${one.host}` : ''}`, one]);
}

const deciderOf = (
  { security }: ConfiguredListener,
  option: (typeof deciding)[number],
  memory: Memory,
): string | undefined =>
  textOf((memory.perListener === null ? memory.security : security).settings, option);
