import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ProgramResult, program } from '../hosts/program.ts';
import { launcher, newHome } from './lockstep.ts';

const isRoot = process.getuid?.() === 0;
const nobody = 65534;

/** What makes a program run as somebody to whom modes count: nobody, or whoever runs the tests. */
export const ordinary = isRoot
  ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--no-new-privs']
  : [];

/** Whether this checkout is closed to an ordinary user. */
export async function closedToOthers(): Promise<boolean> {
  const words = [...ordinary, process.execPath, '--check', launcher];
  return (await program(words).catch(() => ({ code: 1 }))).code !== 0;
}

/** A folder of an ordinary user, in which that user runs the program. */
export interface OrdinaryHome {
  folder: string;
  environment: Record<string, string | undefined>;
  /** Anything, as that user. */
  as(
    words: readonly string[],
    environment?: Record<string, string | undefined>,
  ): Promise<ProgramResult>;
  run(
    words: readonly string[],
    environment?: Record<string, string | undefined>,
  ): Promise<ProgramResult>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function ordinaryHome(): Promise<OrdinaryHome> {
  const outer = await newHome();
  const folder = join(outer.folder, 'theirs');
  mkdirSync(folder);
  if (isRoot) {
    chmodSync(outer.folder, 0o755);
    chownSync(folder, nobody, nobody);
  }
  const environment = {
    ...{ PATH: outer.environment.PATH, LANG: 'C.UTF-8', TMPDIR: folder, HOME: folder },
    ...{ LOCKSTEP_HOME: undefined, XDG_STATE_HOME: undefined, XDG_DATA_HOME: undefined },
  };
  const as: OrdinaryHome['as'] = (words, more = {}) =>
    program([...ordinary, ...words], { env: { ...environment, ...more }, timeoutSeconds: 60 });
  return {
    folder,
    environment,
    as,
    run: (words, more) => as([process.execPath, launcher, ...words], more),
    [Symbol.asyncDispose]: async () => {
      await program(['chmod', '-R', 'u+rwX', outer.folder]);
      await outer.remove();
    },
  };
}
