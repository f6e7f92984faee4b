import type { Gap } from './gap.ts';
import type { ConfiguredListener, Memory, Plugin } from './memory.ts';
import type { Option } from './option.ts';
import type { Place } from './place.ts';

export interface ReadingError {
  /** The broker's own words. */
  message: string;
  /** The line it complains about; null where it is about the whole. */
  place: Place | null;
}

/** One line that says something. */
export interface Directive extends Place {
  /** The line as written, without its end. */
  raw: string;
  option: string;
  /** What follows the option, blanks around it removed. */
  value: string;
  scope: Option['scope'] | 'unknown';
  /** The listener whose block the line stands in; null before any `listener` line of its file. */
  listener: ConfiguredListener | null;
  /** The plugin named last in its file, by this line or before it: what a plugin's options belong to. */
  plugin: Plugin | null;
  /** It stands after an include that opened listeners, and is lost for that reason. */
  lost: boolean;
  /** Of an `include_dir` that was read: the folder, by the name that its files have here. */
  folder?: string;
}

/** A configuration as the broker reads it: every line in its order, and what it remembers. */
export interface Configuration {
  version: string;
  mainPath: string;
  /** The files read, in order. */
  files: string[];
  directives: Directive[];
  /** The first complaint that keeps the broker from starting, while it reads. */
  error: ReadingError | null;
  memory: Memory;
  /** Names of files that nobody would give, and that are there all the same. */
  there: string[];
  /** What of it was not read, or was read elsewhere. */
  gaps: Gap[];
  /** How much was read. */
  bytes: number;
}
