import { cleanLines } from '../clean.ts';
import type { Host } from '../host/host.ts';
import { Trouble } from '../trouble.ts';
import { keepScript, listScript, replayScript } from './scripts.ts';

/**
 * What was on the broker's host before it was touched, kept there in a root-only folder: every path
 * with its bytes, owner, group, mode, ACL and extended attributes (`cp -a`), or the word that it did
 * not exist. Entries are grouped by the step that made them, and replayed backwards.
 */
export interface Journal {
  /**
   * Registers paths before they are touched, as one group named after the step. `running` says
   * whether the service ran before. Returns the group, to roll back just that.
   */
  keep(step: string, paths: readonly string[], running: boolean): Promise<string>;
  /** The groups, oldest first. */
  groups(): Promise<string[]>;
  /** Puts back one group, or everything; says what was done. Twice is the same as once. */
  replay(group?: string): Promise<Replay>;
}

export interface Replay {
  /** Paths that were put back as they were, and paths that were taken away. */
  restored: string[];
  removed: string[];
  /** Folders left because somebody else's files are in them now. */
  left: string[];
  /** Whether the service ran before the first change; null when nothing was registered. */
  ran: boolean | null;
}

export function journalOn(host: Host, folder: string): Journal {
  const run = async (script: string, args: readonly string[]): Promise<string> => {
    const result = await host.run(['sh', '-c', script, 'lockstep', folder, ...args], {
      root: true,
      timeoutSeconds: 60,
    });
    if (result.code !== 0) throw failed(host.name, folder, result.stderr);
    return result.stdout;
  };
  return {
    async keep(step, paths, running) {
      return (await run(keepScript, [step, running ? 'active' : 'inactive', ...paths])).trim();
    },
    async groups() {
      return (await run(listScript, [])).split('\n').filter(Boolean);
    },
    async replay(group) {
      return parse(await run(replayScript, group ? [group] : []));
    },
  };
}

function parse(output: string): Replay {
  const replay: Replay = { restored: [], removed: [], left: [], ran: null };
  for (const record of output.split('\0')) {
    const space = record.indexOf(' ');
    const [word, path] = [record.slice(0, space), record.slice(space + 1)];
    if (word === 'restored' || word === 'removed' || word === 'left') replay[word].push(path);
    if (word === 'service') replay.ran = path === 'active';
  }
  return replay;
}

function failed(name: string, folder: string, words: string): Trouble {
  const detail = cleanLines(words, 5).join('\n');
  const full = /No space left/.test(words);
  return new Trouble(`What is on ${name} now could not be kept or put back.`, {
    likely: full
      ? 'The disk there is full.'
      : /Read-only file system/.test(words)
        ? 'The file system there is mounted read-only.'
        : 'The words of the machine are below.',
    next: full
      ? 'Make room ("df -h" shows where), then try again. Nothing was changed.'
      : `Look at ${folder} there, put the cause right, then try again.`,
    detail,
  });
}
