import { isDeepStrictEqual } from 'node:util';
import { type ConfigurationFiles, overlay } from '../config/files/files.ts';
import { behaviourOf } from '../config/model/behaviour.ts';
import type { Configuration } from '../config/model/configuration.ts';
import { readConfiguration } from '../config/reader/read.ts';
import { accessTable, type Cell, isLoss, loosened } from '../effective/access-table.ts';
import { effective } from '../effective/effective.ts';
import type { Effective } from '../effective/listener.ts';
import { type ListeningSocket, listeningSockets } from '../effective/listening-sockets.ts';
import { portOf } from '../effective/port-of.ts';
import type { Layout } from '../service/broker.ts';
import {
  accessText,
  closesAll,
  type Goal,
  isOurs,
  type Parts,
  plainIsOpen,
  untilNow,
} from './access.ts';
import { behindInclude } from './behind-include.ts';
import { type Contradiction, contradictions, type Manner, strike } from './contradictions.ts';
import { reopened } from './plain-part.ts';
import { loosensBecause, shortfalls, wouldLoosen } from './shortfalls.ts';
import { otherwise } from './terms.ts';

/** A configuration that would reach the goal, worked out without touching anything. */
export interface Candidate {
  /** The files that would change; `before` is null where there is none yet. */
  files: { path: string; before: string | null; after: string }[];
  /** Lines elsewhere that contradict the goal and would be taken out or replaced, each with the reason. */
  contradictions: Contradiction[];
  configuration: Configuration;
  /** The tree as it would be. */
  tree: ConfigurationFiles;
  effective: Effective;
  /** Who gets in where, now and then; empty where one of both would not start. */
  access: Cell[];
  /** How it says who may come in. */
  manner: Manner;
  /** Why it says so for each listener, where it could not for all, in words. */
  apartBecause: string[];
  /** What still stands in the way of the goal, in words; empty when nothing does. */
  shortfalls: string[];
}

interface Work {
  goal: Goal;
  files: ConfigurationFiles;
  present: Configuration;
  sockets: ListeningSocket[];
  layout: Layout;
  version: string;
}

/**
 * Works out the new access.conf and what else has to change for the goal: lines elsewhere that
 * contradict it are struck out, and the folder of access.conf is included where it is not. The rest
 * of the tree is left alone. The result is read again the way the broker reads, so what comes out is
 * judged by what the broker would do with it, not by what was meant: a way of saying it that would let in
 * somebody who is not let in now is not taken.
 */
export async function candidateFor(
  goal: Goal,
  files: ConfigurationFiles,
  present: Configuration,
  layout: Layout,
  version: string,
): Promise<Candidate> {
  const sockets = listeningSockets(present, version).map((socket) => byFilesUntilNow(socket, goal));
  const plain = sockets.filter(({ port }) => port === goal.ports.plain);
  const named = plain.length > 0 && !plain.some(({ lets }) => lets.anonymous);
  const work: Work = { goal: { ...goal, named }, files, present, sockets, layout, version };
  const tried: Candidate[] = [];
  for (const manner of await manners(work)) {
    const candidate = await inThat(manner, work);
    tried.push(candidate);
    if (candidate.shortfalls.length === 0 && misses(candidate, goal).length === 0) break;
  }
  // What stands in the way however it is said is told by the one that comes nearest.
  const [nearest, ...others] = tried.toSorted(
    (a, b) =>
      a.shortfalls.length - b.shortfalls.length ||
      Math.sign(misses(a, goal).length) - Math.sign(misses(b, goal).length),
  ) as [Candidate, ...Candidate[]];
  const first = others.find((one) => one === tried[0]);
  return { ...nearest, apartBecause: first ? against(first, goal) : [] };
}

/** Why one way of saying it is not taken. */
const against = (one: Candidate, goal: Goal): string[] =>
  one.shortfalls.length > 0 ? one.shortfalls : misses(one, goal);

/** Where a way of saying it does something else than the choice for the plain port, in words. */
function misses({ access, manner }: Candidate, goal: Goal): string[] {
  const { plain, tls } = goal.ports;
  if (stillTakes(access, goal)) return [`Port ${plain} would go on letting in who has a password.`];
  if (closesAll(goal)) return [];
  // Everybody else goes on as now; so does who comes by the plain port, where that stays open.
  const kept = access.filter(
    ({ listener: { port } }) =>
      port > 0 && port !== tls && (port !== plain || goal.plainListener === 'open'),
  );
  const ports = new Set(kept.filter(isLoss).map(({ listener }) => listener.port));
  // One list of passwords for all ports is taken by the plain one, too, as long as another takes it.
  const named = access.filter(
    ({ who, after }) => after === 'accepted' && (who === 'password' || who === 'plugin'),
  );
  const shared =
    manner !== 'apart' &&
    named.some(({ listener }) => listener.port === plain) &&
    named.some(({ listener }) => ![plain, tls].includes(listener.port));
  return [
    ...[...ports].map((port) => `Port ${port} would refuse some whom it lets in now.`),
    ...(shared ? [`Port ${plain} could not be closed to passwords later.`] : []),
  ];
}

/** Whether the port that is to refuse everyone does not, for what others need lets in there, too. */
const stillTakes = (access: readonly Cell[], { plainListener, ports }: Goal): boolean =>
  plainListener === 'refuse' &&
  access.some(({ listener, after }) => listener.port === ports.plain && after === 'accepted');

/** One word for all is tried first; settings that are apart may stay so, and do where we left them so. */
async function manners({ goal, present, version, files, layout }: Work): Promise<Manner[]> {
  const exempt = plainIsOpen(goal) && behaviourOf(version).generation === '2.1';
  const all: Manner[] = exempt ? ['together', 'exempt'] : ['together'];
  if (present.memory.perListener === null) return all;
  const text = Buffer.from((await files.read(layout.access)) ?? []).toString('latin1');
  return isOurs(text) ? ['apart', ...all] : [...all, 'apart'];
}

async function inThat(manner: Manner, work: Work): Promise<Candidate> {
  const { goal, files, present, layout, version, sockets } = work;
  const folder = layout.access.slice(0, layout.access.lastIndexOf('/'));
  const found = behindInclude(present, folder, contradictions(present, sockets, goal, manner));
  const changes = new Map<string, { before: string | null; after: string }>();
  const note = async (path: string, change: (text: string) => string) => {
    const bytes = await files.read(path);
    // latin1 keeps every byte of a file in whatever encoding somebody wrote it.
    const text = bytes === null ? null : Buffer.from(bytes).toString('latin1');
    const after = change(changes.get(path)?.after ?? text ?? '');
    if (after !== text) changes.set(path, { before: text, after });
    else changes.delete(path);
  };
  const parts = partsOf(manner, work, found);
  await note(layout.access, () => accessText(goal, parts));
  for (const path of new Set(found.map((one) => one.place.file)))
    if (path !== layout.access) await note(path, (text) => strike(text, path, found));

  let result = await read(changes);
  if (!result.configuration.files.includes(layout.access) && !result.configuration.error) {
    const line = `include_dir ${folder}\n`;
    await note(layout.main, (text) => text.replace(/([^\n])$/, '$1\n') + line);
    result = await read(changes);
  }
  let then = listeningSockets(result.configuration, version);
  const lets = letIn(then.filter(({ port }) => port === goal.ports.plain));
  if (!isDeepStrictEqual(lets, parts.lets)) {
    await note(layout.access, () => accessText(goal, { ...parts, lets }));
    result = await read(changes);
    then = listeningSockets(result.configuration, version);
  }
  const authorities = { ours: goal.cafile, kept: goal.keptAuthority };
  const access = accessTable(sockets, then, authorities);
  const looser = loosened(access, goal.ports.tls);
  return {
    files: [...changes].map(([path, change]) => ({ path, ...change })),
    contradictions: found.filter((one) => one.place.file !== layout.access),
    ...result,
    access,
    manner,
    apartBecause: [],
    shortfalls: [
      ...new Set([
        ...notRead(result, layout),
        ...shortfalls(result.effective, goal),
        ...wouldLoosen(looser),
        ...loosensBecause(looser, goal, version),
        ...otherwise(present, result.configuration, access, goal),
      ]),
    ],
  };

  async function read(changed: typeof changes) {
    const bytes = new Map(
      [...changed].map(([path, { after }]) => [path, Buffer.from(after, 'latin1')]),
    );
    const tree = overlay(files, bytes);
    const configuration = await readConfiguration(tree, layout.main, version);
    return { tree, configuration, effective: effective(configuration, version) };
  }
}

/** A file of another encoding, or with a NUL byte, is not read to the line that includes ours. */
function notRead(
  { configuration, effective: { loads } }: Pick<Candidate, 'configuration' | 'effective'>,
  { main, access }: Layout,
): string[] {
  if (!loads || configuration.files.includes(access)) return [];
  return [
    `The broker does not read ${main} as far as the line that includes ${access}: most likely it is not plain text (UTF-16, or a NUL byte). Save it as UTF-8.`,
  ];
}

/** By the files that were behind the names until now. */
const byFilesUntilNow = (socket: ListeningSocket, goal: Goal): ListeningSocket =>
  socket.by.certificate === undefined
    ? socket
    : { ...socket, by: { ...socket.by, certificate: untilNow(socket.by.certificate, goal) } };

const letIn = (sockets: readonly ListeningSocket[]): Parts['lets'] => ({
  everybody: sockets.some(({ lets }) => lets.anonymous),
  names: sockets.some(({ lets }) => lets.password || lets.plugin),
});

/** What stands in access.conf besides our listener: what it says already is kept, around that. */
function partsOf(
  manner: Manner,
  { goal, present, layout }: Work,
  struck: readonly Contradiction[],
): Parts {
  const { access } = layout;
  const changed = new Map(
    struck.filter(({ place }) => place.file === access).map((one) => [one.place.line, one]),
  );
  const parts: Parts = {
    before: [],
    plain: reopened(present, goal, manner),
    after: [],
    anonymous: manner === 'apart' ? null : manner === 'together' && plainIsOpen(goal),
    lets: { everybody: plainIsOpen(goal), names: false },
  };
  for (const directive of present.directives) {
    if (directive.file !== access) continue;
    const change = changed.get(directive.line);
    const lines = change ? (change.instead ?? []) : [directive.raw.trim()];
    const { listener, option, scope } = directive;
    const ofListener =
      option === 'listener' || scope === 'listener' || (manner === 'apart' && scope === 'security');
    const own = listener !== null && !listener.isDefault && ofListener;
    const part = !own ? 'before' : portOf(listener) === goal.ports.plain ? 'plain' : 'after';
    parts[part].push(...lines);
  }
  return parts;
}
