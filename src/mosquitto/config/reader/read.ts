import { unmeantButThere } from '../../effective/missing-files.ts';
import type { ConfigurationFiles } from '../files/files.ts';
import { behaviourOf } from '../model/behaviour.ts';
import type { Configuration, Directive, ReadingError } from '../model/configuration.ts';
import { type Gap, isNameless, most } from '../model/gap.ts';
import { type ConfiguredListener, type Memory, newListener, newMemory } from '../model/memory.ts';
import type { Place } from '../model/place.ts';
import { complaintShown } from '../model/secret-lines.ts';
import { wordingOf } from '../model/wording.ts';
import { optionNamed } from '../options/options.ts';
import { decoded } from '../options/values.ts';
import { obey } from './directives.ts';
import { checkWhole } from './finish.ts';
import { linesOf } from './lines.ts';
import { inReadingOrder, isIncluded } from './reading-order.ts';
import { type FileContext, type Reader, type Statement, statementOf } from './statement.ts';

/**
 * Reads a configuration the way the broker does: one pass, line by line, included folders where
 * their line stands, until the first error. Reading errors are in the result. Rejects only when
 * `files` does, and with a Trouble for a version that is not supported.
 */
export async function readConfiguration(
  files: ConfigurationFiles,
  mainPath: string,
  version: string,
): Promise<Configuration> {
  const behaviour = behaviourOf(version);
  const words = wordingOf(behaviour);
  const memory = newMemory(behaviour.generation);
  const reading = new Reading(files, { memory, behaviour, words });
  const failed = await reading.file(mainPath, 0);
  let error: ReadingError | null = null;
  if (failed !== null) {
    const { message, place, line } = failed;
    error = { message, place: place ?? (line > 0 ? { file: mainPath, line } : null) };
  } else {
    error = checkWhole(memory, behaviour);
  }
  const { directives, read, bytes } = reading;
  const there = await unmeantButThere(files, directives);
  const gaps = [...(files.gaps?.() ?? []), ...reading.gaps];
  return {
    ...{ version: behaviour.version, mainPath, files: read, directives, error, memory },
    ...{ there, gaps, bytes },
  };
}

/** Reading of a file ended: the complaint, its place if known, and the line this file had reached. */
interface Failure {
  message: string;
  place: Place | null;
  line: number;
}

class Reading {
  readonly directives: Directive[] = [];
  readonly read: string[] = [];
  readonly gaps: Gap[] = [];
  bytes = 0;
  private readonly files: ConfigurationFiles;
  private readonly reader: Reader;
  /** As much was read as ever is. */
  private full = false;
  /** The line count of the file included last, which the broker blames for a folder in its place. */
  private includedLines = 0;

  constructor(files: ConfigurationFiles, reader: Reader) {
    this.files = files;
    this.reader = reader;
  }

  /** Reads one file; null when all its lines were taken. `spelt`: its path in the broker's words. */
  async file(path: string, level: 0 | 1, spelt = path): Promise<Failure | null> {
    const { words, behaviour, memory } = this.reader;
    const bytes = await this.files.read(path);
    if (bytes === null) {
      const isFolder = (await this.files.list(path)) !== null;
      const message = isFolder ? words.isDirectory(spelt) : words.cannotOpen(spelt);
      return { message, place: null, line: 0 };
    }
    if (!this.takes(path, bytes)) return null;
    const { lines, last } = linesOf(bytes, behaviour);
    const context: FileContext = {
      level,
      listener: behaviour.generation === '2.0' ? memory.defaultListener : null,
      bridge: null,
      plugin: null,
    };
    if (level > 0) this.includedLines = 0;
    for (const { number, text } of lines) {
      const place = { file: path, line: number };
      if (level > 0) this.includedLines = number;
      const statement = statementOf(text, place);
      if (statement === null) continue;
      if (this.directives.length === most.lines) this.stop(path, `${most.lines} lines`);
      if (memory.listeners.length > most.listeners) this.stop(path, `${most.listeners} listeners`);
      if (this.full) break;
      const directive = this.note(statement, text, context);
      const outcome = obey(statement, context, this.reader);
      directive.listener = blockOf(context.listener);
      directive.plugin = context.plugin;
      if (outcome.error !== undefined) {
        const message = complaintShown(outcome.error, statement.option);
        return { message, place, line: number };
      }
      if (outcome.include !== undefined) {
        const folder = await this.files.nameOf(outcome.include);
        directive.folder = folder;
        const failed = await this.folder(folder, outcome.include, context);
        if (failed !== null) return { ...failed, place: failed.place ?? place, line: number };
      }
    }
    if (level > 0) this.includedLines = last;
    return null;
  }

  /** Whether a file is no more than what is read. */
  private takes(path: string, { length }: Uint8Array): boolean {
    this.bytes += length;
    if (length > most.fileBytes) this.gaps.push({ path, what: 'large' });
    if (this.read.length === most.files) this.stop(path, `${most.files} files`);
    if (this.bytes > most.allBytes) this.stop(path, `${most.allBytes >> 20} MiB`);
    if (length > most.fileBytes || this.full) return false;
    this.read.push(path);
    return true;
  }

  /** Of what comes now nothing is read. */
  private stop(path: string, detail: string): void {
    if (!this.full) this.gaps.push({ path, what: 'limit', detail });
    this.full = true;
  }

  private async folder(
    folder: string,
    spelt: string,
    context: FileContext,
  ): Promise<Failure | null> {
    const { memory, behaviour } = this.reader;
    const names = await this.files.list(folder);
    if (names === null && isNameless(folder)) {
      this.gaps.push({ path: folder, what: 'nameless' });
      return null;
    }
    if (names === null) {
      return { message: `Error: Unable to open include_dir '${spelt}'.`, place: null, line: 0 };
    }
    const before = memory.listeners.length;
    for (const name of names.filter(isIncluded).sort(inReadingOrder)) {
      const path = folder === '/' ? `/${name}` : `${folder}/${name}`;
      if (this.full) break;
      if (isNameless(name)) {
        this.gaps.push({ path, what: 'nameless' });
        continue;
      }
      const failed = await this.file(path, 1, `${spelt}/${name}`);
      if (failed !== null) {
        // For a folder named *.conf the broker repeats the line number it had last.
        const line = this.includedLines;
        return { ...failed, place: failed.place ?? (line > 0 ? { file: path, line } : null) };
      }
    }
    if (memory.listeners.length > before) loseCurrent(context, memory, behaviour.generation);
    return null;
  }

  private note({ option, place }: Statement, text: string, context: FileContext): Directive {
    const raw = decoded(text);
    const directive: Directive = {
      ...place,
      raw,
      option,
      value: raw.trim().slice(option.length).trim(),
      scope: optionNamed(option)?.scope ?? 'unknown',
      listener: blockOf(context.listener),
      plugin: context.plugin,
      lost: isLost(option, context),
    };
    this.directives.push(directive);
    return directive;
  }
}

/** A copy of a listener that the broker still writes to, though it has moved the real one. */
interface LostListener extends ConfiguredListener {
  original: ConfiguredListener;
}

/**
 * New listeners make the broker move its list, and the file that included them keeps pointing to
 * the old place: what it says of its own listener from there on is lost. 2.1 keeps security
 * settings elsewhere, so those survive. (2.0's default listener is not in the list.)
 */
function loseCurrent(context: FileContext, memory: Memory, generation: '2.0' | '2.1'): void {
  const original = context.listener;
  if (original === null || !memory.listeners.includes(original)) return;
  const security =
    generation === '2.1'
      ? original.security
      : { settings: new Map(original.security.settings), plugins: [...original.security.plugins] };
  const lost: LostListener = {
    ...newListener({ ...original, settings: new Map(original.settings), security }),
    original,
  };
  context.listener = lost;
}

function blockOf(listener: ConfiguredListener | null): ConfiguredListener | null {
  if (listener === null) return null;
  return 'original' in listener ? (listener as LostListener).original : listener;
}

function isLost(option: string, { listener }: FileContext): boolean {
  const scope = optionNamed(option)?.scope;
  return listener !== null && 'original' in listener && scope === 'listener';
}
