import { posix } from 'node:path';
import { HostError } from '../host/host.ts';
import type { Broker } from '../mosquitto/broker.ts';
import type { Place } from '../mosquitto/effective.ts';
import { type ConfigurationFiles, overlay } from '../mosquitto/files.ts';
import { hostFiles } from '../mosquitto/host-files.ts';
import { readConfiguration } from '../mosquitto/read.ts';
import { seenFrom } from '../mosquitto/working-folder.ts';
import { Trouble } from '../trouble.ts';
import type { LookBack } from './look-back.ts';
import { type Way, waysFrom } from './ways.ts';

/** A line of the configuration, as it is after an undo, that names a file which the undo would take away. */
export interface StillNamed extends Place {
  /** The line, without the blanks around it. */
  text: string;
  /** The folder of ours that the file is in; null where it is reached by a link that goes. */
  folder: string | null;
  /** The change that brought the folder, as the journal names it. */
  group: string | null;
}

/** As many links as the kernel follows (path_resolution(7)). */
const mostLinks = 40;

/** The options that name what is read when the broker starts or somebody connects (mosquitto.conf(5)). */
const named = /^(bridge_)?(certfile|keyfile|cafile|capath|crlfile|dhparamfile)$/;

/**
 * What an undo would take away from under the broker: a certificate that somebody has put into use by a line of his
 * own, before or since. The lines are those of the configuration as it is when all is put back. None where
 * it cannot be read: an undo is there for that, too.
 */
export async function stillNamed(broker: Broker, look: LookBack): Promise<StillNamed[]> {
  const { layout } = broker;
  if (look.ours.length === 0) return [];
  const lines = await linesThen(broker, look);
  if (lines.length === 0) return [];
  const paths = lines.map(({ value }) => seenFrom(layout.cwd, value));
  const gone = [...look.then.keys(), ...look.ours.map(({ path }) => path)];
  const ways = await waysFrom(broker, [...new Set([...paths, ...gone.map(posix.dirname)])]);
  const places = new Map(gone.map((path) => [path, placeOf(path, ways)]));
  const then = new Map([...look.then].map(([path, what]) => [places.get(path) ?? path, what]));
  return lines.flatMap(({ file, line, raw }, index) => {
    const way = ways.get(paths[index] ?? '');
    const taken = way ? takenAway(way, then, look.ours, places) : null;
    // A file that comes back as it was named what was there then.
    if (taken === null || (taken.folder === null && look.then.get(file))) return [];
    return [{ file, line, text: raw.trim(), ...taken }];
  });
}

/** The lines that name files in the configuration as it is when all is put back. */
async function linesThen({ host, layout, version }: Broker, look: LookBack) {
  const configuration = await orNull(async () => {
    const now = await hostFiles(host, layout);
    const files = new Map<string, Uint8Array | null>();
    for (const path of look.then.keys()) files.set(path, await bytesThen(path, look, now));
    return readConfiguration(overlay(now, files), layout.main, version);
  });
  return (configuration?.directives ?? []).filter(
    ({ option, value }) => named.test(option) && value !== '',
  );
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

/** Null for what cannot be read; whether the host can be reached is another matter. */
async function orNull<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    const unread =
      error instanceof HostError
        ? /^(failed|permission|not-found)$/.test(error.kind)
        : error instanceof Trouble;
    if (unread) return null;
    throw error;
  }
}
