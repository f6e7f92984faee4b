import { clean } from '../../clean.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Effective, Place } from '../effective.ts';
import type { OpenListener } from '../listeners.ts';
import type { ConfiguredListener } from '../memory.ts';
import type { Configuration } from '../read.ts';

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

/** What a rule looks at. */
export interface Subject {
  configuration: Configuration;
  effective: Effective;
  /** The listeners in the broker's order; none when it does not start. */
  open: OpenListener[];
  behaviour: Behaviour;
}

/** Looks for one kind of thing. */
export type Rule = (subject: Subject) => Finding[];

/** A finding about a line. Text from the configuration is made safe to show. */
export function found(
  id: string,
  severity: Severity,
  place: Place,
  message: string,
  fix: string,
): Finding {
  const { file, line } = place;
  return { id, severity, file: clean(file), line, message: sentence(message), fix: clean(fix) };
}

/** The line a listener stands for; the first line of the main file where there is none. */
export function placeOf({ at }: ConfiguredListener, { mainPath }: Configuration): Place {
  return at ?? { file: mainPath, line: 1 };
}

/** How people call a listener: `port 1883`, or the path of its socket. */
export function nameOf({ configured }: OpenListener): string {
  return configured.path === undefined ? `port ${configured.port}` : `socket ${configured.path}`;
}

function sentence(text: string): string {
  const safe = clean(text);
  return safe.charAt(0).toUpperCase() + safe.slice(1);
}

/** `FILE line N`, for sentences. */
export function spoken({ file, line }: Place): string {
  return `${file} line ${line}`;
}
