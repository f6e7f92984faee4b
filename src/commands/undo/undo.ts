import { isDeepStrictEqual } from 'node:util';
import { Trouble } from '../../errors/trouble.ts';
import { notStarted, wasNotTold } from '../../mosquitto/service/not-started.ts';
import type { Service } from '../../mosquitto/service/service.ts';
import type { Setup } from '../../steps/contract/setup.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import { changesOn } from '../../undo/change/change.ts';
import { leftToDo } from '../../undo/put-back/left-to-do.ts';
import { type LookBack, lookBack } from '../../undo/put-back/look-back.ts';
import { nothingInUse, type StillNamed, stillNamed } from '../../undo/put-back/still-named.ts';
import { faultLines, placeWords } from './undo-text.ts';
import type { Undone } from './undone.ts';

const nothing = { restored: [], removed: [], left: [], ran: null };

/**
 * Puts back everything that was touched on the broker's host, in reverse, and the service into the
 * state it was in. Works when the present configuration is broken. Twice is the same as once. What somebody has
 * changed since is shown first: it stops an undo to which nobody agrees (`yes`, or whoever can be asked). What somebody
 * has put into use stays. Throws a Trouble with the commands that are left where it cannot be finished.
 */
export async function undo(
  { broker, operator, ask }: Setup,
  { yes = false }: { yes?: boolean } = {},
): Promise<Undone> {
  const { service, layout, host } = broker;
  let seen = await withoutNamed(broker);
  while (seen.look && seen.look.later.length > 0 && !yes) {
    const lines = whatToAgree(seen);
    const agreed = await ask.undoLater?.(lines);
    if (agreed === undefined) throw changedSince(host.name, seen.look);
    if (!agreed) throw leftAsItIs();
    // People take their time: what somebody has put into use or changed by now is not what was agreed to.
    seen = await withoutNamed(broker);
    if (isDeepStrictEqual(whatToAgree(seen), lines)) break;
  }
  const { spared, used } = seen;
  const changes = changesOn(broker, operator?.token ?? null);
  const replay = await changes.putBack('all', { spared });
  const { restored, removed, left, later, ran, groups, failed } = replay;
  const kept = later.map((one) => `# ${keptLine(one)}`);
  const unserved = (what: string, cause: Trouble) => notServing(what, cause, service, kept);
  if (failed.length > 0)
    throw new Trouble(
      failed.length === 1
        ? 'One file could not be put back.'
        : `${failed.length} files could not be put back.`,
      {
        likely: cleanLines(failed[0]?.words ?? '', 1, 200)[0] ?? '',
        next: `Put the cause right and run "lockstep undo" again; or on ${host.name}, by hand, these lines.${service.kind === 'practice' ? '' : ' When that machine is started anew, it goes on by itself.'}`,
        detail: [...kept, ...leftToDo(replay, layout.state, service.restartCommand)].join('\n'),
      },
    );
  if (ran !== null && !replay.served) {
    if (service.kind !== 'practice') {
      if (service.unmanaged && replay.because === '')
        throw unserved('could not be restarted', service.unmanaged);
      if (!ran) throw notStopped(service, kept);
      throw unserved(
        wasNotTold(replay.because) ? 'could not be restarted' : 'does not start with them',
        notStarted(host.name, replay.because, service.unit),
      );
    }
    try {
      await (ran ? service.restart() : service.stop());
      await changes.settled();
    } catch (error) {
      throw error instanceof Trouble ? unserved('does not start with them', error) : error;
    }
  }
  // Those that stop it do not tell whether it has.
  if (ran === false && service.kind !== 'practice' && (await service.state()).running)
    throw notStopped(service, kept);
  const result = groups.length > 0 || ran !== null ? 'restored' : 'nothing-to-undo';
  return { result, restored, removed, ...used(left), ...(later.length > 0 && { later }), ran };
}

/** What `undo` would do now. Changes nothing; throws a Trouble where it could not be done. */
export async function undoLook({ broker }: Setup): Promise<Undone> {
  const { look, used, fault } = await withoutNamed(broker);
  if (!look) return { result: 'nothing-to-undo', ...nothing, ...used([]) };
  const { damaged, later, restored, removed, left, ran } = look;
  if (damaged.length > 0)
    throw new Trouble('Not everything could be put back.', {
      likely: `What was kept of ${damaged.join(', ')} in ${broker.layout.state} is damaged: a disk error, or somebody has written there.`,
      next: '"lockstep undo" puts back what is newer, and prints what is left to do by hand. Nothing was changed.',
    });
  const changed = later.flatMap(({ path, gone }) => (gone ? [] : [{ path }]));
  const gone = later.flatMap((one) => (one.gone ? [one.path] : []));
  return {
    ...{ result: 'would-restore', restored, removed, ...used(left) },
    ...(changed.length > 0 && { later: changed }),
    ...(gone.length > 0 && { gone }),
    ...(fault && { fault }),
    ran,
  };
}

/**
 * What is to be put back; changes that brought what other lines name are spared, and all that may be named where a part
 * of the configuration cannot be read. `used` adds their folders to those that stay.
 */
async function withoutNamed(broker: Setup['broker']) {
  const look = await lookBack(broker);
  const { named, unread, loads, fault } = look ? await stillNamed(broker, look) : nothingInUse;
  const lost = named.filter(({ group }) => group === null);
  // One that does not load is put back all the same: it does not start in any case.
  if (lost.length > 0 && loads) throw linkNamed(broker.host.name, lost);
  const there = new Set([...(look?.removed ?? []), ...(look?.left ?? [])]);
  const doubtful =
    unread.length > 0 ? (look?.ours ?? []).filter(({ path }) => there.has(path)) : [];
  const spared = [
    ...new Set([...named.flatMap(({ group }) => group ?? []), ...doubtful.map((one) => one.group)]),
  ];
  const kept = named.flatMap(({ folder, file, line, text }) =>
    folder === null ? [] : [{ path: folder, file, line, text }],
  );
  const stay = [...kept, ...doubtful].map(({ path }) => path);
  const used = (left: string[]): Pick<Undone, 'left' | 'named' | 'unread' | 'lost'> => ({
    left: [...new Set([...left, ...stay])],
    ...(kept.length > 0 && { named: kept }),
    ...(doubtful.length > 0 && { unread }),
    ...(lost.length > 0 && { lost: lost.map(({ file, line, text }) => ({ file, line, text })) }),
  });
  return {
    look: spared.length > 0 ? await lookBack(broker, spared) : look,
    ...{ spared, used, fault },
  };
}

function linkNamed(name: string, lines: readonly StillNamed[]): Trouble {
  return new Trouble(`The broker on ${clean(name, 80)} would lose certificates by an undo.`, {
    likely: 'Lines that Lockstep did not write name them by a link that goes. Nothing was changed.',
    next: 'In each of these lines write the path that is told below it, or take the line out (a name in brackets is a link in that folder: let it lead there). Then run "lockstep undo" again: the certificates stay where they are.',
    detail: lines.flatMap((one) => [placeWords(one), `  ${clean(one.end, 200)}`]).join('\n'),
  });
}

const whatToAgree = ({
  look,
  fault,
}: Pick<Awaited<ReturnType<typeof withoutNamed>>, 'look' | 'fault'>): string[] =>
  look ? [...laterLines(look), ...faultLines(fault)] : [];

const laterLines = ({ later }: LookBack): string[] =>
  later.flatMap(({ path, difference, gone }) => [
    `${clean(path, 200)}${gone ? ' (somebody has removed it)' : ''}`,
    ...difference,
  ]);

function changedSince(name: string, look: LookBack): Trouble {
  const { length } = look.later;
  const files = length === 1 ? 'One file was' : `${length} files were`;
  return new Trouble(
    `${files} changed on ${clean(name, 80)} since Lockstep wrote ${length === 1 ? 'it' : 'them'}.`,
    {
      likely:
        'Somebody, or a program, has edited what the undo would put back. Nothing was changed.',
      next: 'Look at the difference. "lockstep undo --yes" puts back what was there before the set-up, and keeps the versions of now beside, with their date.',
      detail: laterLines(look).join('\n'),
    },
  );
}

const leftAsItIs = (): Trouble =>
  new Trouble('Nothing was put back.', {
    likely: 'You chose to leave everything as it is.',
    next: 'Look at what was changed since, then run "lockstep undo" again.',
  });

function notServing(
  what: string,
  cause: Trouble,
  { restartCommand }: Service,
  kept: readonly string[],
): Trouble {
  return new Trouble(`The files are as they were, but the broker ${what}.`, {
    likely: cause.likely,
    next: `${cause.next.replace(/\.$/, '')} ("lockstep undo", or by hand: ${restartCommand}).`,
    detail: [...kept, cause.detail].filter(Boolean).join('\n'),
    cause,
  });
}

const notStopped = ({ restartCommand }: Service, kept: readonly string[]): Trouble =>
  new Trouble('The files are as they were, but the broker runs: it was stopped before.', {
    likely: 'It could not be stopped, or something there has started it again.',
    next: `Stop it there ("${restartCommand.replace('restart', 'stop')}"), or restart it, to serve with these files.`,
    detail: kept.join('\n'),
  });

const keptLine = ({ path, kept = '' }: { path: string; kept?: string }): string =>
  `kept      ${clean(path, 200)} as it was changed since: ${clean(kept, 240)}`;
