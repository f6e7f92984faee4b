import { clean, cleanLines } from '../clean.ts';
import { notStarted } from '../mosquitto/not-started.ts';
import type { Service } from '../mosquitto/service.ts';
import type { Setup } from '../steps/setup.ts';
import { Trouble } from '../trouble.ts';
import { changesOn } from '../undo/change.ts';
import { leftToDo } from '../undo/left-to-do.ts';
import { lookBack } from '../undo/look-back.ts';

/**
 * What `undo` did, or (`would-restore`) would do: paths on the broker's host, and whether the service runs then;
 * null: it is not told.
 */
export interface Undone {
  result: 'restored' | 'would-restore' | 'nothing-to-undo';
  restored: string[];
  removed: string[];
  left: string[];
  ran: boolean | null;
}

/**
 * Puts back everything that was touched on the broker's host, in reverse, and the service into the
 * state it was in. Works when the present configuration is broken. Twice is the same as once. Throws a
 * Trouble with the commands that are left where it cannot be finished.
 */
export async function undo({ broker, operator }: Setup): Promise<Undone> {
  const { service, layout, host } = broker;
  const changes = changesOn(broker, operator?.token ?? null);
  const replay = await changes.putBack('all');
  const { restored, removed, left, ran, groups, failed } = replay;
  if (failed.length > 0)
    throw new Trouble(
      failed.length === 1
        ? 'One file could not be put back.'
        : `${failed.length} files could not be put back.`,
      {
        likely: cleanLines(failed[0]?.words ?? '', 1, 200)[0] ?? '',
        next: `Put the cause right and run "lockstep undo" again; or on ${host.name}, by hand, these lines.`,
        detail: leftToDo(replay, layout.state, service.restartCommand).join('\n'),
      },
    );
  if (ran !== null && !replay.served) {
    if (service.kind !== 'practice')
      throw service.unmanaged && replay.because === ''
        ? unserved('could not be restarted', service.unmanaged, service)
        : unserved(
            'does not start with them',
            notStarted(host.name, replay.because, service.unit),
            service,
          );
    try {
      await (ran ? service.restart() : service.stop());
      await changes.settled();
    } catch (error) {
      throw error instanceof Trouble ? unserved('does not start with them', error, service) : error;
    }
  }
  const result = groups.length > 0 || ran !== null ? 'restored' : 'nothing-to-undo';
  return { result, restored, removed, left, ran };
}

/** What `undo` would do now. Changes nothing; throws a Trouble where it could not be done. */
export async function undoLook({ broker }: Setup): Promise<Undone> {
  const look = await lookBack(broker);
  const nothing = { restored: [], removed: [], left: [], ran: null };
  if (!look) return { result: 'nothing-to-undo', ...nothing };
  const { lost, ...rest } = look;
  if (lost.length > 0)
    throw new Trouble('Not everything could be put back.', {
      likely: `The copy of ${lost.map((path) => clean(path, 200)).join(', ')} is gone from ${broker.layout.state}.`,
      next: '"lockstep undo" puts back the rest, and prints what is left to do by hand. Nothing was changed.',
    });
  return { result: 'would-restore', ...rest };
}

function unserved(what: string, cause: Trouble, { restartCommand }: Service): Trouble {
  return new Trouble(`The files are as they were, but the broker ${what}.`, {
    likely: cause.likely,
    next: `${cause.next.replace(/\.$/, '')} ("lockstep undo", or by hand: ${restartCommand}).`,
    detail: cause.detail,
    cause,
  });
}

export function undoText(undone: Undone): string[] {
  if (undone.result === 'nothing-to-undo')
    return ['There is nothing to put back: Lockstep has not changed anything there.'];
  if (undone.result === 'would-restore')
    return [
      ...undone.restored.map((path) => `to put back  ${path}`),
      ...undone.removed.map((path) => `to remove    ${path}`),
      ...undone.left.map((path) => `to leave     ${path} (somebody else's files are in it)`),
      ...(undone.ran === null
        ? []
        : [`The broker would be ${undone.ran ? 'restarted' : 'stopped, as it was'}.`]),
      'Nothing was changed: without --dry-run "lockstep undo" does it.',
    ];
  return [
    ...undone.restored.map((path) => `put back  ${path}`),
    ...undone.removed.map((path) => `removed   ${path}`),
    ...undone.left.map((path) => `left      ${path} (somebody else's files are in it)`),
    undone.ran === false
      ? 'The files are as they were, and the broker is stopped, as it was.'
      : 'The broker serves as it did before.',
    "The authority and the clients' files stay where they are.",
  ];
}
