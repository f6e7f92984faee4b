import { clean, cleanLines } from '../clean.ts';
import type { Host } from '../host/host.ts';
import { Trouble } from '../trouble.ts';
import { keepScript, listScript, replayScript, settledScript } from './scripts.ts';

/**
 * What was on the broker's host before it was touched, kept there in a root-only folder: every path
 * with its bytes, owner, group, mode, ACL and extended attributes (`cp -a`), or the word that it did
 * not exist. Entries are grouped by the step that made them, and replayed backwards.
 */
export interface Journal {
  /**
   * Registers paths before they are touched, as one group named after the step. `running` says
   * whether the service ran before. `ours` are folders that nobody else writes into: putting back
   * removes them with all that is in them. Returns the group, to roll back just that.
   */
  keep(
    step: string,
    paths: readonly string[],
    running: boolean,
    ours?: readonly string[],
  ): Promise<string>;
  /** The groups, oldest first. */
  groups(): Promise<string[]>;
  /** Puts back one group, or everything; says what was done. Twice is the same as once. */
  replay(group?: string): Promise<Replay>;
  /** To be called when the service is as `replay` says it was; until then replay says it again. */
  settled(): Promise<void>;
}

export interface Replay {
  /** Paths that were put back as they were, and paths that were taken away. */
  restored: string[];
  removed: string[];
  /** Folders left because somebody else's files are in them now. */
  left: string[];
  /** The groups that were put back, newest first. */
  groups: string[];
  /** Whether the service ran before the first change; null when it needs not be told. */
  ran: boolean | null;
}

export function journalOn(host: Host, folder: string): Journal {
  const run = async (what: string, script: string, args: readonly string[] = []) => {
    const result = await host.run(['sh', '-c', script, 'lockstep', folder, ...args], {
      root: true,
      timeoutSeconds: 60,
    });
    if (result.code !== 0) throw failed(what, folder, result.stderr);
    return result.stdout;
  };
  const name = clean(host.name, 80);
  const back = `What was on ${name} before could not be put back.`;
  return {
    async keep(step, paths, running, ours = []) {
      const args = [step, running ? 'active' : 'inactive', String(ours.length), ...ours, ...paths];
      return (
        await run(`No copy could be kept of what is on ${name} now.`, keepScript, args)
      ).trim();
    },
    async groups() {
      return (await run(back, listScript)).split('\n').filter(Boolean);
    },
    async replay(group) {
      return parse(await run(back, replayScript, group ? [group] : []));
    },
    async settled() {
      await run(back, settledScript);
    },
  };
}

function parse(output: string): Replay {
  // A path that was changed several times is put back several times; the last is what came of it.
  const last = new Map<string, string>();
  const groups: string[] = [];
  let ran: boolean | null = null;
  for (const record of output.split('\0')) {
    const space = record.indexOf(' ');
    const [word, value] = [record.slice(0, space), record.slice(space + 1)];
    if (word === 'group') groups.push(value);
    else if (word === 'service') ran = value === 'active';
    else if (word) last.set(value, word);
  }
  const paths = (word: string) => [...last].flatMap(([path, one]) => (one === word ? [path] : []));
  const [restored, removed, left] = [paths('restored'), paths('removed'), paths('left')];
  return { restored, removed, left, groups, ran };
}

function failed(what: string, folder: string, words: string): Trouble {
  const detail = cleanLines(words, 5).join('\n');
  if (/No space left/.test(words))
    return new Trouble(what, {
      likely: 'The disk there is full.',
      next: 'Make room ("df -h" shows where), then try again. The broker was not touched.',
      detail,
    });
  if (/Read-only file system/.test(words))
    return new Trouble(what, {
      likely: 'The file system there is mounted read-only: by choice, or after a disk error.',
      next: 'Make it writable ("findmnt" and "dmesg" tell more), then try again.',
      detail,
    });
  return new Trouble(what, {
    likely: 'The words of that machine tell why.',
    next: `Look at ${clean(folder)} there, put the cause right, then try again.`,
    detail,
  });
}
