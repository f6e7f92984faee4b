import { posix } from 'node:path';
import type { FileFacts } from '../../host/api/host.ts';
import { refusePlanted } from '../../host/files/own-folder.ts';
import type { Finding } from '../../mosquitto/audit/advice/finding.ts';
import { nextBootFindings } from '../../mosquitto/audit/next-boot.ts';
import { requireNamesReachOut } from '../../mosquitto/before-change/named-addresses.ts';
import { requireOwnFiles } from '../../mosquitto/before-change/neighbours.ts';
import { requireFreePorts } from '../../mosquitto/before-change/ports-taken.ts';
import { requireSeen } from '../../mosquitto/before-change/seen-by-process.ts';
import type { Goal } from '../../mosquitto/candidate/access.ts';
import { type Candidate, candidateFor } from '../../mosquitto/candidate/candidate.ts';
import { type Link, linksAmong } from '../../mosquitto/config/files/links.ts';
import { isLoss } from '../../mosquitto/effective/access-table.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import { type Look, lookAt } from '../../mosquitto/inspection/look.ts';
import { unknownPlugins } from '../../mosquitto/trial/trial-tree.ts';
import type { Changes } from '../../undo/change/change.ts';
import type { Waiting } from '../../undo/change/waiting.ts';
import type { AccessTold } from '../access/access-lines.ts';
import { namesLost } from '../access/names-lost.ts';
import type { PlainUse } from '../contract/plain-clients.ts';
import type { Plan } from '../contract/plan.ts';
import type { Setup } from '../contract/setup.ts';
import { plainChoices } from '../plain-port/choices.ts';
import { findPlainPort } from '../plain-port/find.ts';
import { plainUseOf } from '../plain-port/use.ts';
import { goalOf } from '../reach/goal.ts';
import { requireReached } from '../reach/reached.ts';
import { clocksAllow } from '../release/clocks.ts';
import { authorityNames } from '../release/kept-authority.ts';
import { goalBeside, type OtherSetUp, otherSetUp } from '../release/other-set-up.ts';
import { type ReleaseStanding, releasesThere, standingOf } from '../release/release.ts';
import { requireFilesInUse } from '../run/files-in-use.ts';

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
