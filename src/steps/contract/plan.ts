import type { Cell } from '../../mosquitto/effective/access-table.ts';
import type { Armed } from './armed.ts';

/** What would be changed, as it is shown: plain data without anything secret, for a state, a screen or JSON. */
export interface Plan {
  changes: Change[];
  /** Who gets in now and afterwards, where that changes: the first thing to be shown. */
  access?: { lines: AccessLine[]; cells: Cell[] };
  /** What the user should know before saying yes; `true` where it could surprise somebody. */
  notes: { text: string; warning: boolean }[];
  /** A change that is in place already goes back by itself. */
  armed?: Armed;
  /** What agreeing does, as a menu names it, where that is not simply to make the changes. */
  agree?: string;
  /** What can be done instead. */
  otherwise?: { label: string; plan: Plan };
}

/**
 * A plan, and what it takes to do just that. The work may hold keys and connections: it stays with whoever runs the
 * step, and is neither shown nor remembered.
 */
export interface Planned<Work = unknown> {
  shown: Plan;
  work: Work;
  /** What is done where `shown.otherwise` is chosen. */
  instead?: Planned<Work>;
}

/** One change to one machine: a file, or a command that is run. */
export interface Change {
  host: string;
  action: 'create' | 'replace' | 'remove' | 'restart' | 'run';
  /** The file that is changed, or … */
  path?: string;
  /** … the command that is run, as one would type it. */
  command?: string;
  owner?: string;
  /** Four octal digits, for example `0600`. */
  mode?: string;
  /** For text files: the difference, unified. */
  diff?: string;
  /** Of the broker's certificate: its names, and those that are left out. */
  names?: NameOrigin[];
  /** One line for the screen. */
  summary: string;
}

/** A line of the table that a plan begins with: `8883 · certificates of Own CA: refused from now on`. */
export interface AccessLine {
  text: string;
  /** Somebody loses, or goes on being let in without encryption. */
  warning: boolean;
}

/** A name of the broker, who says that it has it, and whether it is in its certificate. */
export interface NameOrigin {
  name: string;
  /** Somebody gave it; the broker was reached by it; it is that of each machine; only the broker's itself says so. */
  from: 'given' | 'reached' | 'loopback' | 'host';
  signed: boolean;
}
