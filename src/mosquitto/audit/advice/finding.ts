import { clean } from '../../../text/clean.ts';
import type { Behaviour } from '../../config/model/behaviour.ts';
import type { Configuration } from '../../config/model/configuration.ts';
import type { ConfiguredListener } from '../../config/model/memory.ts';
import type { Place } from '../../config/model/place.ts';
import type { Effective } from '../../effective/listener.ts';
import type { OpenListener } from '../../effective/open-listener.ts';
import type { Edit } from './edit.ts';

/** Something about a configuration that its owner should know. */
export interface Finding {
  /** What kind it is, in stable words: `open-to-network`. */
  id: string;
  severity: Severity;
  file: string;
  /** From 1. */
  line: number;
  /** What is so, and what follows from it. */
  message: string;
  /** What exactly to do. */
  fix: string;
}

export type Severity = 'critical' | 'warning' | 'note';

/** A finding whose advice was tried in memory. */
export interface Advised extends Finding {
  /** What `fix` says, line by line; null where the advice is no change of the configuration. */
  edits: readonly Edit[] | null;
  /** What `fix` has somebody type as root before that; NAME is a client's. */
  commands?: readonly string[];
}

/** A way to put something right. It is advised only if it harms nobody when it is carried out. */
export interface Way {
  edits: readonly Edit[];
  /** Said first: when nothing needs to be done. */
  unless?: string;
  /** What has to be done before its lines are written, whole sentences: who follows the words in their order
   * must not come to it too late. */
  first?: string;
  /** What is to be typed as root then; `first` names it. */
  commands?: readonly string[];
  /** What else is to be said of it. */
  besides?: string;
  /**
   * It is for somebody who wants clients in whom nobody lets in today. They show a certificate, a
   * password or a key; a way that lets in anybody without one is never advised.
   */
  lets?: true;
  /**
   * What is meant is not known: with these edits a configuration is read on, to tell what else there is to tell of
   * it. They are not advised.
   */
  assumed?: true;
}

/** A way that is gone without letting anybody in, or else by one who wants to. */
export const bothWays = (edits: readonly Edit[]): Way[] => [{ edits }, { edits, lets: true }];

/** What to do: the ways that a change of lines can go, the best first, and the words where none can be gone. */
export interface Advice {
  ways: readonly Way[];
  /** Names no line to write. */
  otherwise: string;
}

/** A finding whose ways are still to be tried; until then its fix is what is said otherwise. */
export interface Draft extends Finding {
  ways?: readonly Way[];
}

/** What a rule looks at. */
export interface Subject {
  configuration: Configuration;
  effective: Effective;
  /** The listeners in the broker's order; none when it does not start. */
  open: OpenListener[];
  behaviour: Behaviour;
  /** The parts of the configuration that were not read, so that nothing is said to be all there is. */
  unread: readonly string[];
}

/** Looks for one kind of thing. */
export type Rule = (subject: Subject) => Draft[];

/** A finding about a line. Text from the configuration is made safe to show. */
export function found(
  id: string,
  severity: Severity,
  place: Place,
  message: string,
  advice: string | Advice,
): Draft {
  const { file, line } = place;
  const told = {
    id,
    severity,
    file: clean(file),
    line: numberOf(line),
    message: sentence(message),
  };
  if (typeof advice === 'string') return { ...told, fix: clean(advice) };
  return { ...told, fix: clean(advice.otherwise), ways: advice.ways };
}

/** The line a listener stands for; the first line of the main file where there is none. */
export function placeOf({ at }: ConfiguredListener, { mainPath }: Configuration): Place {
  return at ?? { file: mainPath, line: 1 };
}

/** How people call a listener: `port 1883`, or the path of its socket. */
export function nameOf({ configured }: Pick<OpenListener, 'configured'>): string {
  return configured.path === undefined ? `port ${configured.port}` : `socket ${configured.path}`;
}

/** `port 1883, port 1884 and port 1885`. */
export function listed(names: readonly string[]): string {
  const [last = '', ...before] = [...new Set(names)].reverse();
  return before.length === 0 ? last : `${before.reverse().join(', ')} and ${last}`;
}

function sentence(text: string): string {
  const safe = clean(text);
  return safe.charAt(0).toUpperCase() + safe.slice(1);
}

/** `FILE line N`, for sentences. */
export function spoken({ file, line }: Place): string {
  return `${file} line ${numberOf(line)}`;
}

/** A line that is only proposed stands for the one that it is written beside (edit.ts). */
const numberOf = (line: number): number => Math.max(1, Math.floor(line));
