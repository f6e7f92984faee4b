import type { Wording } from './wording.ts';

/**
 * One configuration option: how its value is written and where it is kept. What the columns cannot
 * say (a line that opens a listener, loads a plugin, includes a folder) is in `statements.ts`,
 * found by name.
 */
export interface Option {
  kind: 'boolean' | 'integer' | 'string' | 'choice' | 'statement';
  /** What it belongs to. `security` is global, or the listener's with per_listener_settings. */
  scope: 'broker' | 'security' | 'listener' | 'bridge';
  /** First version that knows it. */
  since?: string;
  /** First version that takes the line and does nothing with it. */
  ignoredSince?: string;
  /** Kept under another name: two spellings of one setting. */
  keptAs?: string;
  /** The name the broker uses in its complaints, where it is not the option's own. */
  called?: string;
  /** A second value for a text is an error, except: */
  repeats?: 'replace' | 'replace since 2.1';
  /** 2.0 complains about a missing value and goes on. */
  emptyIsHarmless?: true;
  /** 2.1, before any listener: an error, or it makes the default listener (the default). */
  beforeListener?: 'error';
  /** 2.0: after it, `per_listener_settings true` is refused, as after security settings. */
  touchesSecurity?: true;
  /** 2.0: any other value than this one, in the default listener, opens port 1883. */
  opensUnless?: string | number | boolean;
  /** Settings of the same listener or bridge that exclude it, and the broker's words. */
  excludedBy?: { settings: readonly string[]; error: string; since?: string };
  /** Numbers outside are refused with these words (without them: "Invalid ... value"). */
  range?: {
    least: number;
    most: number;
    /** Before a version, another least. */
    before?: readonly [version: string, least: number];
    error?: (words: Wording, value: number) => string;
  };
  /** Smaller numbers are taken as this one. */
  smallest?: number;
  choices?: readonly string[];
  /** Further ones since 2.1. */
  choices21?: readonly string[];
  /** The choice is all that is left of the line, blanks included. */
  wholeRest?: true;
  /** Complaint about a word that is not among the choices (without it: "Invalid ... value"). */
  notAChoice?: (words: Wording, value: string) => string;
}
