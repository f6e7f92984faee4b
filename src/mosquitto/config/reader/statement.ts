import type { Behaviour } from '../model/behaviour.ts';
import type { Bridge, ConfiguredListener, Memory, Plugin } from '../model/memory.ts';
import type { Place } from '../model/place.ts';
import type { Wording } from '../model/wording.ts';
import { decoded, Rest } from '../options/values.ts';

/** What reading goes on with from line to line of one file. */
export interface FileContext {
  /** 0 for the main file, 1 for an included one. */
  level: 0 | 1;
  /** The listener that listener options belong to; each file starts without one of its own. */
  listener: ConfiguredListener | null;
  bridge: Bridge | null;
  plugin: Plugin | null;
}

/** What is the same for all lines. */
export interface Reader {
  memory: Memory;
  behaviour: Behaviour;
  words: Wording;
}

/** What a line did. Empty: the broker went on. */
export interface Outcome {
  /** The broker's complaint; reading ends. */
  error?: string;
  /** A folder to be read now, as written. */
  include?: string;
}

/** One line, split as the broker splits it. */
export interface Statement {
  option: string;
  rest: Rest;
  place: Place;
}

/** What the option table cannot say of an option, done step by step. */
export type Obey = (statement: Statement, context: FileContext, reader: Reader) => Outcome;

/** A line (latin1) as option and rest, or null when it has no word: such a line is skipped. */
export function statementOf(text: string, place: Place): Statement | null {
  const rest = new Rest(text);
  const option = rest.word();
  return option === null ? null : { option: decoded(option), rest, place };
}
