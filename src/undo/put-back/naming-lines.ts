import { posix } from 'node:path';
import { HostError } from '../../errors/host-error.ts';
import { Trouble } from '../../errors/trouble.ts';
import type { ConfigurationFiles } from '../../mosquitto/config/files/files.ts';
import { seenFrom } from '../../mosquitto/config/files/working-folder.ts';
import { behaviourOf } from '../../mosquitto/config/model/behaviour.ts';
import type { ReadingError } from '../../mosquitto/config/model/configuration.ts';
import { isUnread, most } from '../../mosquitto/config/model/gap.ts';
import type { Place } from '../../mosquitto/config/model/place.ts';
import { decoded } from '../../mosquitto/config/options/values.ts';
import { linesOf } from '../../mosquitto/config/reader/lines.ts';
import { readConfiguration } from '../../mosquitto/config/reader/read.ts';
import { isIncluded } from '../../mosquitto/config/reader/reading-order.ts';
import { statementOf } from '../../mosquitto/config/reader/statement.ts';
import { hostFiles } from '../../mosquitto/inspection/host-files.ts';
import type { Broker } from '../../mosquitto/service/broker.ts';

/** A line of a configuration, and a file or folder that the broker uses because of it. */
export interface NamingLine extends Place {
  /** The line, without the blanks around it; of what is in a folder that it names, with its name there. */
  text: string;
  path: string;
}

/** What a configuration names. */
export interface NamingLines {
  lines: NamingLine[];
  /** Parts of it that could not be read, and may name anything. */
  unread: string[];
  /** Whether the broker takes it; else the lines are those of all its files, whether it would come to them or not. */
  loads: boolean;
  /** Why not, where that could be read. */
  fault: ReadingError | null;
}

/** The options that name what is read when the broker starts or somebody connects (mosquitto.conf(5)). */
const named = /^(bridge_)?(certfile|keyfile|cafile|capath|crlfile|dhparamfile)$/;

/** What OpenSSL looks for in a `capath`: the hash of a name, `r` for a list of revocations (openssl-rehash(1)). */
const hashed = /^[0-9a-f]{8}\.r?\d+$/;

/** What the configuration names; `filesThen` makes of its files of now those that are meant. */
export async function namingLines(
  { host, layout, version }: Broker,
  filesThen: (now: ConfigurationFiles) => Promise<ConfigurationFiles> = async (now) => now,
): Promise<NamingLines> {
  const found = await orNull(async () => {
    const files = await filesThen(await hostFiles(host, layout));
    const { directives, error, gaps } = await readConfiguration(files, layout.main, version);
    const read = error
      ? await everyLine(files, layout, version)
      : { statements: directives, unread: [] };
    const lines: NamingLine[] = [];
    for (const { file, line, raw, option, value } of read.statements) {
      // Other options, of plugins for one, may hold a secret: they are looked at where they name what is ours.
      if (value === '' || !(named.test(option) || value.startsWith(`${layout.certificates}/`)))
        continue;
      const path = seenFrom(layout.cwd, value);
      const text = raw.trim();
      lines.push({ file, line, text, path });
      if (!option.endsWith('capath')) continue;
      for (const name of (await files.list(path)) ?? [])
        if (hashed.test(name))
          lines.push({ file, line, text: `${text} (${name})`, path: posix.join(path, name) });
    }
    const missed = [...gaps, ...(files.gaps?.() ?? [])].filter(isUnread).map(({ path }) => path);
    return {
      lines,
      unread: [...new Set([...missed, ...read.unread])],
      loads: error === null,
      fault: error,
    };
  });
  return found ?? { lines: [], unread: [layout.folder], loads: false, fault: null };
}

/** The lines of all files of a configuration that does not load: who repairs it may want any of them. */
async function everyLine(files: ConfigurationFiles, layout: Broker['layout'], version: string) {
  const behaviour = behaviourOf(version);
  const statements: (Place & { raw: string; option: string; value: string })[] = [];
  const unread: string[] = [];
  const inFolder = async (folder: string) =>
    ((await files.list(folder)) ?? []).filter(isIncluded).map((name) => posix.join(folder, name));
  const folders = [posix.dirname(layout.access), layout.folder];
  const paths = new Set([layout.main, ...(await Promise.all(folders.map(inFolder))).flat()]);
  // What is added meanwhile is met, too.
  let count = 0;
  for (const file of paths) {
    count += 1;
    if (count > most.files) {
      unread.push(file);
      continue;
    }
    const bytes = await files.read(file);
    if (bytes === null) continue;
    for (const { number, text } of linesOf(bytes, behaviour).lines) {
      const place = { file, line: number };
      const option = statementOf(text, place)?.option;
      if (option === undefined) continue;
      const raw = decoded(text);
      const value = raw.trim().slice(option.length).trim();
      statements.push({ ...place, raw, option, value });
      if (option !== 'include_dir' || value === '') continue;
      for (const path of await inFolder(seenFrom(layout.cwd, value))) paths.add(path);
    }
  }
  return { statements, unread };
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
