import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';
import { shellQuoted } from '../text/typed.ts';

/** What tells how this program was started. */
export interface Start {
  /** The file that Node was given, as it was given. */
  script: string;
  /** The program that runs it. */
  node: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** The folder it was started in. */
  folder: string;
}

/**
 * The words that start this program again, from where its user is: `lockstep` is on the path only
 * where it was installed there, and npx finds only what is installed around the user's folder.
 */
export function startedAs({ script, node, environment, folder }: Start): string {
  const program = real(script) ?? script;
  // npm puts what is installed in a project on the path, for as long as it runs itself.
  const path = (environment.PATH ?? '')
    .split(delimiter)
    .filter((each) => !/\/\.bin\/?$/.test(each));
  const onPath = (name: string) =>
    path.find((each) => each.startsWith(sep) && runs(join(each, name)));
  const found = onPath('lockstep');
  if (found && real(join(found, 'lockstep')) === program) return 'lockstep';
  // Run by npm, it is in the folder of the project; the user may be in another.
  const from = environment.INIT_CWD || folder;
  for (let at = real(from) ?? from; ; at = dirname(at)) {
    if (real(join(at, 'node_modules', '.bin', 'lockstep')) === program) return 'npx lockstep';
    if (at === dirname(at)) break;
  }
  if (/\/_npx\/[^/]+\/node_modules\//.test(program)) return 'npx mqtt-lockstep';
  return `${onPath('node') ? 'node' : shellQuoted(node)} ${shellQuoted(program)}`;
}

/**
 * Text for people, in which a command of ours is named as it can be typed. `lockstep` is taken for one
 * where a command or an option follows it, or where it stands in quotes by itself; not in `$(…)`, which is for
 * a shell's own start, wherever that happens, nor in the first line of a file that is written: what is pasted by hand is
 * to be the same file.
 */
export function asStarted(text: string, command: string): string {
  return text.replace(named, () => command);
}

const named =
  /(?<![\w./-]|npx |\$\(|# Written by Lockstep\. ")lockstep(?= (?:run|status|verify|undo|audit|answers|completion|help|--\w|\[))|(?<=")lockstep(?=")|(?<=^ {2})lockstep(?= {2}|$)/gm;

function real(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
