import { clean, cleanLines } from '../clean.ts';
import { notStarted } from '../mosquitto/not-started.ts';
import type { Service } from '../mosquitto/service.ts';
import { brokerThen } from '../steps/broker-then.ts';
import type { Setup } from '../steps/setup.ts';
import { Trouble } from '../trouble.ts';
import { changesOn } from '../undo/change.ts';
import { leftToDo } from '../undo/left-to-do.ts';
import { type LookBack, lookBack } from '../undo/look-back.ts';
import { type StillNamed, stillNamed } from '../undo/still-named.ts';

/**
 * What `undo` did, or (`would-restore`) would do: paths on the broker's host, and whether the service runs then;
 * null: it is not told. `later`, if anything: what somebody has changed since; where it was done, with the name it is
 * kept under. `named`, if anything: folders in `left` that stay because lines which are not Lockstep's name what is in them.
 */
export interface Undone {
  result: 'restored' | 'would-restore' | 'nothing-to-undo';
  restored: string[];
  removed: string[];
  left: string[];
  later?: { path: string; kept?: string }[];
  named?: { path: string; file: string; line: number; text: string }[];
  ran: boolean | null;
}

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
  const { look, spared, used } = await withoutNamed(broker);
  if (look && look.later.length > 0 && !yes) {
    const agreed = await ask.undoLater?.(laterLines(look));
    if (agreed === undefined) throw changedSince(host.name, look);
    if (!agreed) throw leftAsItIs();
  }
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
        next: `Put the cause right and run "lockstep undo" again; or on ${host.name}, by hand, these lines.`,
        detail: [...kept, ...leftToDo(replay, layout.state, service.restartCommand)].join('\n'),
      },
    );
  if (ran !== null && !replay.served) {
    if (service.kind !== 'practice')
      throw service.unmanaged && replay.because === ''
        ? unserved('could not be restarted', service.unmanaged)
        : unserved('does not start with them', notStarted(host.name, replay.because, service.unit));
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
  const { look, used } = await withoutNamed(broker);
  if (!look) return { result: 'nothing-to-undo', ...nothing, ...used([]) };
  const { damaged, later, restored, removed, left, ran } = look;
  if (damaged.length > 0)
    throw new Trouble('Not everything could be put back.', {
      likely: `What was kept of ${damaged.join(', ')} in ${broker.layout.state} is damaged: a disk error, or somebody has written there.`,
      next: '"lockstep undo" puts back what is newer, and prints what is left to do by hand. Nothing was changed.',
    });
  const changed = later.map(({ path }) => ({ path }));
  return {
    ...{ result: 'would-restore', restored, removed, ...used(left) },
    ...(changed.length > 0 && { later: changed }),
    ran,
  };
}

/**
 * What is to be put back; changes that brought what other lines name are spared. `used` adds their folders to those
 * that stay.
 */
async function withoutNamed(broker: Setup['broker']) {
  const look = await lookBack(broker);
  const named = look ? await stillNamed(broker, look) : [];
  const lost = named.filter(({ group }) => group === null);
  if (lost.length > 0) throw linkNamed(broker.host.name, lost);
  const spared = [...new Set(named.flatMap(({ group }) => group ?? []))];
  const kept = named.map(({ folder, file, line, text }) => ({
    ...{ path: folder ?? '', file, line, text },
  }));
  const used = (left: string[]): Pick<Undone, 'left' | 'named'> =>
    kept.length === 0
      ? { left }
      : { left: [...new Set([...left, ...kept.map(({ path }) => path)])], named: kept };
  return {
    look: spared.length > 0 ? await lookBack(broker, spared) : look,
    ...{ spared, used },
  };
}

const placeWords = ({ file, line, text }: { file: string; line: number; text: string }): string =>
  `${clean(file, 200)} line ${line}: ${clean(text, 200)}`;

function linkNamed(name: string, lines: readonly StillNamed[]): Trouble {
  return new Trouble(`The broker on ${clean(name, 80)} would not start again after an undo.`, {
    likely:
      'Lines that Lockstep did not write name certificates that the undo takes away. Nothing was changed.',
    next: 'Take these lines out, or let them name other files. Then run "lockstep undo" again.',
    detail: lines.map(placeWords).join('\n'),
  });
}

const laterLines = ({ later }: LookBack): string[] =>
  later.flatMap(({ path, difference }) => [clean(path, 200), ...difference]);

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

/** Of a folder that stays: why. */
function whyLeft({ named = [] }: Undone, path: string): string[] {
  const lines = named.filter((one) => one.path === path);
  if (lines.length === 0) return [`${path} (somebody else's files are in it)`];
  return [
    `${path} (in use: these lines name what is in it)`,
    ...lines.map((one) => `  ${placeWords(one)}`),
  ];
}

const inUse =
  'When these lines are gone, or name other files, "lockstep undo" takes away what is in use now.';

export function undoText(undone: Undone): string[] {
  const { named = [] } = undone;
  const leave = (word: string): string[] =>
    undone.left.flatMap((path) => {
      const [first = '', ...more] = whyLeft(undone, path);
      return [`${word}${first}`, ...more];
    });
  const hint = named.length > 0 ? [inUse] : [];
  if (undone.result === 'nothing-to-undo')
    return named.length > 0
      ? [...leave('left      '), 'Nothing was put back.', ...hint]
      : ['There is nothing to put back: no change of Lockstep is on record there.'];
  if (undone.result === 'would-restore')
    return [
      ...undone.restored.map((path) => `to put back  ${path}`),
      ...undone.removed.map((path) => `to remove    ${path}`),
      ...leave('to leave     '),
      ...(undone.later ?? []).map(
        ({ path }) => `to keep      ${path} as it is now, beside it (changed since)`,
      ),
      ...(undone.ran === null
        ? []
        : [`The broker would be ${undone.ran ? 'restarted' : 'stopped, as it was'}.`]),
      ...hint,
      'Nothing was changed: without --dry-run "lockstep undo" does it.',
    ];
  return [
    ...undone.restored.map((path) => `put back  ${path}`),
    ...undone.removed.map((path) => `removed   ${path}`),
    ...leave('left      '),
    ...(undone.later ?? []).map(
      ({ path, kept }) => `kept      ${path} as it was changed since: ${kept}`,
    ),
    `Done: ${brokerThen(undone.ran)}.`,
    ...hint,
    "The authority and the clients' files stay where they are.",
  ];
}
