import { posix } from 'node:path';
import type { FileFacts } from '../host/host.ts';
import { refusePlanted } from '../host/own-folder.ts';
import type { Goal } from '../mosquitto/access.ts';
import { isLoss } from '../mosquitto/access-table.ts';
import { type Candidate, candidateFor } from '../mosquitto/candidate.ts';
import type { Listener } from '../mosquitto/effective.ts';
import type { Finding } from '../mosquitto/findings/finding.ts';
import { type Link, linksAmong } from '../mosquitto/links.ts';
import { type Look, lookAt } from '../mosquitto/look.ts';
import { requireNamesReachOut } from '../mosquitto/named-addresses.ts';
import { requireOwnFiles } from '../mosquitto/neighbours.ts';
import { nextBootFindings } from '../mosquitto/next-boot.ts';
import { requireFreePorts } from '../mosquitto/ports-taken.ts';
import { requireSeen } from '../mosquitto/seen-by-process.ts';
import { unknownPlugins } from '../mosquitto/shadow-tree.ts';
import type { Changes, Waiting } from '../undo/change.ts';
import type { AccessTold } from './access-lines.ts';
import { clocksAllow } from './clocks.ts';
import { requireFilesInUse } from './files-in-use.ts';
import { goalOf } from './goal.ts';
import { authorityNames } from './kept-authority.ts';
import { namesLost } from './names-lost.ts';
import { goalBeside, type OtherSetUp, otherSetUp } from './other-set-up.ts';
import { plainChoices } from './plain-choices.ts';
import { findPlainPort } from './plain-door.ts';
import type { PlainUse } from './plain-port.ts';
import { plainUseOf } from './plain-use.ts';
import { requireReached } from './reached.ts';
import { type ReleaseStanding, releasesThere, standingOf } from './release.ts';
import type { Setup } from './setup.ts';
import type { Plan } from './step.ts';

/** What is there: the configuration and what it would take, who listens, the files the broker needs. */
export interface Present {
  /** Who gets in, now and then. */
  access: AccessTold;
  /** Names of the certificate at the port for certificates that ours lacks, where its clients are kept. */
  namesLost: string[];
  goal: Goal;
  /** Whose files the broker uses, where they are not ours. */
  other: OtherSetUp | null;
  candidate: Candidate;
  look: Look;
  listeners: Listener[];
  /** Null as long as there are no certificates. */
  standing: ReleaseStanding | null;
  /** Who comes by the plain port; null where nobody can. */
  use: PlainUse | null;
  /** Begun already where something is to be changed: a plan will want to know. Else null. */
  gates: Promise<Gates> | null;
}

/** What lets a change be made, and what it has to keep. */
interface Gates {
  clocks: Plan['notes'];
  /** What is in the place of each file of the candidate. */
  modes: (FileFacts | null)[];
  /** Those of them that are links, or in a folder that is one. */
  links: Link[];
  /** What only a restart or a boot would show. */
  nextBoot: Finding[];
  /** Files of the configuration that were changed after the broker was started. */
  edited: string[];
}

/** All that Harden has to know, and whether a change waits already. */
export interface HardenLook {
  waiting: Waiting | 'reverting' | null;
  /** Null where it has to be said first which plain port is meant. */
  now: Present | null;
}

/** Looks at the broker for Harden, in two round trips. */
export async function lookForHarden(setup: Setup, changes: Changes): Promise<HardenLook> {
  const [waiting, now] = await Promise.all([changes.waiting(), present(setup)]);
  return { waiting, now };
}

async function present(setup: Setup): Promise<Present | null> {
  const { layout, version, host } = setup.broker;
  const [look, standing] = await Promise.all([
    lookAt(setup.broker),
    // None were issued, or ours cannot be read: then Distribute says so.
    releasesThere(host, setup).then((there) => standingOf(host, setup, there).catch(() => null)),
  ]);
  const [other] = await Promise.all([otherSetUp(setup, look), findPlainPort(setup, look)]);
  if (typeof setup.plainPort === 'object' && setup.plainPort !== null) return null;
  const goal = goalBeside(goalOf(setup, look.configuration), other);
  const candidate = await candidateFor(goal, look.files, look.configuration, layout, version);
  // What takes longest is begun first: so much is asked at once that some of it has to wait.
  const using = plainUseOf(setup, look, candidate);
  const gates = candidate.files.length > 0 ? gatesOf(setup, look, goal, candidate) : null;
  gates?.catch(() => {});
  const [use, authorities, lost] = await Promise.all([
    using,
    authoritiesOf(setup, goal, candidate),
    namesLost(setup, look, goal),
  ]);
  setup.choices = await plainChoices(setup, look, goal, candidate);
  setup.seen.unknownPlugins = unknownPlugins(candidate.configuration).map(({ path }) => path);
  setup.tlsTaken = candidate.access.some(
    (one) => one.listener.port === goal.ports.tls && isLoss(one),
  );
  setup.rewrite =
    candidate.shortfalls.length > 0
      ? null
      : { files: candidate.files, keptAuthority: goal.keptAuthority };
  const access = { cells: candidate.access, plain: goal.ports.plain, use, authorities };
  return {
    access,
    namesLost: lost,
    goal,
    other,
    candidate,
    look,
    listeners: look.effective.listeners,
    standing,
    use,
    gates,
  };
}

/** What the authorities call themselves whose certificates get in now or then. */
async function authoritiesOf(setup: Setup, goal: Goal, { access }: Candidate) {
  const theirs = access
    .filter(({ who, ours, before }) => who === 'certificate' && !ours && before === 'accepted')
    .flatMap(({ by }) => (by?.startsWith('/') ? [by] : []));
  const ours = setup.answers.authority.subject.commonName;
  const named = await authorityNames(setup, [...new Set(theirs)]);
  // Another set-up's authority may have the name of ours, which is the one that is offered.
  const names = new Map(
    [...named].map(([file, name]) => [file, name === ours ? `another ${name}` : name]),
  );
  return names.set(goal.cafile, ours);
}

/** Looks whether a change may be made, in one round trip. Throws the Trouble of what stands in the way. */
export async function gatesOf(
  setup: Setup,
  look: Look,
  goal: Goal,
  candidate: Candidate,
): Promise<Gates> {
  const { host, layout } = setup.broker;
  const paths = candidate.files.map(({ path }) => path);
  const folders = [...new Set(paths.map((path) => posix.dirname(path)))];
  const [clocks, modes, nextBoot, links, edited] = await Promise.all([
    clocksAllow(setup),
    paths.length > 0 ? host.stat(paths, { root: true }) : [],
    nextBootFindings(setup.broker),
    linksAmong(host, layout.folder, paths),
    requireFilesInUse(setup, look, goal, candidate),
    requireReached(setup, goal),
    requireSeen(setup.broker),
    requireNamesReachOut(setup.broker, look.configuration),
    requireOwnFiles(setup.broker, candidate),
    requireFreePorts(setup.broker, candidate.effective.listeners),
    refusePlanted(host, folders, { root: true, also: layout.keyOwner?.owner ?? '' }),
  ]);
  return { clocks, modes, nextBoot, links, edited };
}
