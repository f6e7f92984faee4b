import { readFileSync } from 'node:fs';

/** Every file of this folder, by its path without `.sh`: put in by the build. */
declare const LOCKSTEP_SCRIPTS: Readonly<Record<string, string>> | undefined;

interface Script {
  text: string;
  /** What its exit statuses are called. */
  exits: ReadonlyMap<number, string>;
}

const known = new Map<string, Script>();

/**
 * The text of a script for another machine, by its path in this folder without `.sh`: `undo/change`. Headers are left
 * out; in the place of each line `. PATH.sh` stands that part, where it is met first.
 */
export const hostScript = (name: string): string => read(name).text;

/** The program that runs a script with these arguments. */
export const scriptCommand = (name: string, ...words: readonly string[]): string[] => [
  ...['sh', '-c', hostScript(name), 'lockstep'],
  ...words,
];

/** What the header of a script, or of a part of it, calls this exit status; `done` for 0, null for one without a name. */
export const exitName = (name: string, code: number | null): string | null =>
  code === 0 ? 'done' : (read(name).exits.get(code ?? -1) ?? null);

function read(name: string): Script {
  const before = known.get(name);
  if (before) return before;
  const exits = new Map<number, string>();
  const script = { text: assembled(name, new Set(), exits), exits };
  known.set(name, script);
  return script;
}

function assembled(name: string, met: Set<string>, exits: Map<number, string>): string {
  if (met.has(name)) return '';
  met.add(name);
  const source = fileOf(name);
  const [header = ''] = /^(#.*\n)+\n/.exec(source) ?? [];
  for (const [, code, word = ''] of header.matchAll(/^# Exit ([1-9]\d*) ([a-z-]+):/gm))
    exits.set(Number(code), word);
  return source
    .slice(header.length)
    .replace(/^\. (\S+)\.sh\n/gm, (_, part: string) => assembled(part, met, exits));
}

function fileOf(name: string): string {
  if (typeof LOCKSTEP_SCRIPTS === 'undefined')
    return readFileSync(new URL(`${name}.sh`, import.meta.url), 'utf8');
  const text = LOCKSTEP_SCRIPTS[name];
  if (text === undefined) throw new Error(`There is no script ${name}.`);
  return text;
}
