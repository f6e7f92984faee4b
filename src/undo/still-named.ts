import { posix } from 'node:path';
import { HostError } from '../host/host.ts';
import type { Broker } from '../mosquitto/broker.ts';
import type { Place } from '../mosquitto/effective.ts';
import { overlay } from '../mosquitto/files.ts';
import { hostFiles } from '../mosquitto/host-files.ts';
import { readConfiguration } from '../mosquitto/read.ts';
import { seenFrom } from '../mosquitto/working-folder.ts';
import { Trouble } from '../trouble.ts';
import type { LookBack } from './look-back.ts';
import { notRegistered } from './troubles.ts';

/** A line of the configuration, as it is after an undo, that names a file which the undo would take away. */
export interface StillNamed extends Place {
  /** The line, without the blanks around it. */
  text: string;
  /** The folder of ours that the file is in; null where it is reached by a link that goes. */
  folder: string | null;
  /** The change that brought the folder, as the journal names it. */
  group: string | null;
}

/** The options that name what is read when the broker starts or somebody connects (mosquitto.conf(5)). */
const named = /^(bridge_)?(certfile|keyfile|cafile|capath|crlfile|dhparamfile)$/;

// For each path, a line: where it really is, or nothing where there is nothing.
export const script = `
for path do
  real=$(readlink -e -- "$path") || real=
  printf '%s\\n' "$real"
done
`;

/**
 * What an undo would take away from under the broker: a certificate that somebody has put into use by a line of his
 * own, before or since. The lines are those of the configuration as it is when all is put back. None where
 * it cannot be read: an undo is there for that, too.
 */
export async function stillNamed(broker: Broker, look: LookBack): Promise<StillNamed[]> {
  const { host, layout, version } = broker;
  if (look.ours.length === 0) return [];
  const then = [...look.then].filter(([, what]) => typeof what !== 'string');
  const files = new Map(then as [string, Uint8Array | null][]);
  const configuration = await orNull(async () =>
    readConfiguration(overlay(await hostFiles(host, layout), files), layout.main, version),
  );
  const lines = (configuration?.directives ?? []).filter(
    ({ option, value }) => named.test(option) && value !== '',
  );
  if (lines.length === 0) return [];
  const paths = lines.map(({ value }) => seenFrom(layout.cwd, value));
  const found = await host.run(['sh', '-c', script, 'lockstep', ...paths], {
    root: true,
    doing: 'Looking what the configuration names',
  });
  if (found.code !== 0 || found.truncated)
    throw notRegistered('What the configuration names cannot be told.', layout.state, found);
  const real = found.stdout.split('\n');
  return lines.flatMap(({ file, line, raw }, index) => {
    const [path = '', now = ''] = [paths[index], real[index]];
    // What is not there now is not taken away.
    const taken = now === '' ? null : takenAway(look, path, now);
    // A file that comes back as it was named what was there then.
    if (taken === null || (taken.folder === null && files.has(file))) return [];
    return [{ file, line, text: raw.trim(), ...taken }];
  });
}

/** How a path is lost by the undo; null where it is not. `now` is where it really is. */
function takenAway(
  look: LookBack,
  path: string,
  now: string,
): Pick<StillNamed, 'folder' | 'group'> | null {
  let at = path;
  // As many links as the kernel follows (path_resolution(7)).
  for (let turn = 0; turn < 40; turn += 1) {
    const touched = [...look.then].find(([one]) => at === one || at.startsWith(`${one}/`));
    if (!touched || touched[1] instanceof Uint8Array) break;
    const [link, target] = touched;
    if (target === null) return { folder: null, group: null };
    at = posix.resolve(posix.dirname(link), target as string, `.${at.slice(link.length)}`);
  }
  // By links that the undo does not touch it goes where it goes now.
  const end = at === path ? now : at;
  const folder = look.ours.find(
    (one) =>
      (end === one.path || end.startsWith(`${one.path}/`)) &&
      !one.stays.some((stays) => end === stays || end.startsWith(`${stays}/`)),
  );
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
