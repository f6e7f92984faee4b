import { posix } from 'node:path';
import { type ConfigurationFiles, overlay } from '../../mosquitto/config/files/files.ts';
import type { ReadingError } from '../../mosquitto/config/model/configuration.ts';
import type { Place } from '../../mosquitto/config/model/place.ts';
import type { Broker } from '../../mosquitto/service/broker.ts';
import type { LookBack } from './look-back.ts';
import { namingLines } from './naming-lines.ts';
import { type Way, waysFrom } from './ways.ts';

/** A line of the configuration, as it is after an undo, that names a file which the undo would take away. */
export interface StillNamed extends Place {
  /** The line, without the blanks around it. */
  text: string;
  /** Where what it names lies now, links followed. */
  end: string;
  /** The folder of ours that the file is in; null where it is reached by a link that goes. */
  folder: string | null;
  /** The change that brought the folder, as the journal names it. */
  group: string | null;
}

/** As many links as the kernel follows (path_resolution(7)). */
const mostLinks = 40;

/** What an undo would take away from under the broker. */
export interface InUse {
  named: StillNamed[];
  /** Parts of the configuration that could not be read, and may name any of it. */
  unread: string[];
  /** Whether the broker would take the configuration as it is then, but for what it names. */
  loads: boolean;
  /** Why not, where that could be read. */
  fault: ReadingError | null;
}

export const nothingInUse: InUse = { named: [], unread: [], loads: true, fault: null };

/**
 * What an undo would take away from under the broker: a certificate that somebody has put into use by a line of his
 * own, before or since. The lines are those of the configuration as it is when all is put back, also of one that does
 * not load: an undo is there for that, too.
 */
export async function stillNamed(broker: Broker, look: LookBack): Promise<InUse> {
  if (look.ours.length === 0) return nothingInUse;
  const { lines, unread, loads, fault } = await namingLines(broker, async (now) => {
    const files = new Map<string, Uint8Array | null>();
    for (const path of look.then.keys()) files.set(path, await bytesThen(path, look, now));
    return overlay(now, files);
  });
  if (lines.length === 0) return { named: [], unread, loads, fault };
  const gone = [...look.then.keys(), ...look.ours.map(({ path }) => path)];
  const asked = [...lines.map(({ path }) => path), ...gone.map(posix.dirname)];
  const ways = await waysFrom(broker, [...new Set(asked)]);
  const places = new Map(gone.map((path) => [path, placeOf(path, ways)]));
  const then = new Map([...look.then].map(([path, what]) => [places.get(path) ?? path, what]));
  const named = lines.flatMap(({ file, line, text, path }) => {
    const way = ways.get(path);
    const taken = way ? takenAway(way, then, look.ours, places) : null;
    // A file that comes back as it was named what was there then.
    if (taken === null || (taken.folder === null && look.then.get(file))) return [];
    return [{ file, line, text, end: way?.end ?? path, ...taken }];
  });
  return { named, unread, loads, fault };
}

/** The bytes at a path when all is put back; of a link, what it leads to then. */
async function bytesThen(path: string, { then }: LookBack, now: ConfigurationFiles) {
  let at = path;
  for (let turn = 0; turn < mostLinks; turn += 1) {
    const what = then.get(at);
    if (what === undefined) return now.read(at);
    if (typeof what !== 'string') return what;
    at = posix.resolve(posix.dirname(at), what);
  }
  return null;
}

/** Where a path really lies, itself not followed. */
function placeOf(path: string, ways: ReadonlyMap<string, Way>): string {
  const folder = ways.get(posix.dirname(path))?.end ?? posix.dirname(path);
  return posix.join(folder, posix.basename(path));
}

/** How what a path leads to now is lost by the undo; null where it is not, or where there is nothing. */
function takenAway(
  { links, end }: Way,
  then: ReadonlyMap<string, Uint8Array | string | null>,
  ours: LookBack['ours'],
  places: ReadonlyMap<string, string>,
): Pick<StillNamed, 'folder' | 'group'> | null {
  if (end === null) return null;
  let at = end;
  const switched = links.find(({ link }) => typeof then.get(link) === 'string');
  if ([...links.map(({ link }) => link), end].some((one) => then.get(one) === null))
    return { folder: null, group: null };
  if (switched) {
    const { link, rest } = switched;
    at = posix.resolve(posix.dirname(link), then.get(link) as string, rest);
  }
  const isIn = (folder: string) => at === folder || at.startsWith(`${folder}/`);
  const folder = ours.find(({ path, stays }) => {
    const place = places.get(path) ?? path;
    return isIn(place) && !stays.some((one) => isIn(`${place}${one.slice(path.length)}`));
  });
  return folder ? { folder: folder.path, group: folder.group } : null;
}
