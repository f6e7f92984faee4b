import type { Behaviour } from './behaviour.ts';

/** The broker's own complaints: 2.1 puts names in quotes where 2.0 does not. */
export interface Wording {
  generation: '2.0' | '2.1';
  name(option: string): string;
  unknown(option: string): string;
  empty(option: string): string;
  invalid(option: string, value: string | number): string;
  duplicate(option: string): string;
  isDirectory(path: string): string;
  cannotOpen(path: string): string;
}

/** The wording of a version. */
export function wordingOf({ generation }: Pick<Behaviour, 'generation'>): Wording {
  const is21 = generation === '2.1';
  const name = (text: string) => (is21 ? `'${text}'` : text);
  return {
    generation,
    name,
    unknown: (option) =>
      `Error: Unknown configuration variable ${is21 ? `'${option}'` : `"${option}"`}.`,
    empty: (option) => `Error: Empty ${name(option)} value in configuration.`,
    invalid: (option, value) => `Error: Invalid ${name(option)} value (${value}).`,
    duplicate: (option) => `Error: Duplicate ${name(option)} value in configuration.`,
    isDirectory: (path) => `Error: Config file ${name(path)} is a directory.`,
    cannotOpen: (path) => `Error: Unable to open config file ${name(path)}.`,
  };
}

/** 2.1's complaint about a listener option that stands before any `listener` line. */
export function needsListener(option: string): string {
  return `Error: The '${option}' option requires a listener to be defined first.`;
}
