import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ended, type ProgramResult, program, until } from '../hosts/program.ts';
import { type Home, launcher } from './lockstep.ts';
import { canHide, mosquitto, withoutMosquitto } from './without-mosquitto.ts';

export type Kind = 'mosquitto' | 'aedes';

/** Whether this machine can have a practice broker of this kind. */
export const available = (kind: Kind): boolean => (kind === 'aedes' ? canHide : mosquitto !== null);

/** The command line of the real program, on a machine that has mosquitto or has none. */
export function lockstep(home: Home, kind: Kind, ...words: string[]): string[] {
  const command = [process.execPath, launcher, ...words];
  return kind === 'aedes' ? withoutMosquitto(home.folder, command) : command;
}

/** Runs it to its end. */
export const runToEnd = (home: Home, kind: Kind, ...words: string[]): Promise<ProgramResult> =>
  program(lockstep(home, kind, ...words), { env: home.environment, timeoutSeconds: 60 });

export interface Left {
  lines: string[];
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Runs it and sends a signal when a line of its output says so; resolves when it has ended. */
export async function leave(
  home: Home,
  kind: Kind,
  signal: NodeJS.Signals,
  when: (line: string, count: number) => boolean,
): Promise<Left> {
  const [file = '', ...rest] = lockstep(home, kind, 'run', '--broker', 'practice', '--json');
  const child = spawn(file, rest, { env: home.environment, stdio: ['ignore', 'pipe', 'ignore'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (when(line, lines.length)) child.kill(signal);
  });
  const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
  await ended(child);
  clearTimeout(late);
  return { lines, code: child.exitCode, signal: child.signalCode };
}

/** Waits until no program of this home is left; names them when some stay. */
export async function nothingRuns(home: Home): Promise<void> {
  let left: string[] = [];
  await until(
    'every process of this home to end',
    // A trial that nobody ends any more lives for a minute.
    75,
    () => {
      left = processesOf(home);
      return left.length === 0;
    },
    () => left.join('\n'),
  );
}

function processesOf(home: Home): string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
        return words.includes(home.folder) ? [`${pid} ${words}`] : [];
      } catch {
        return []; // it has just ended
      }
    });
}

/** Every file, folder and link below, as paths. */
export const everything = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map((each) =>
    join(each.parentPath, each.name),
  );

const temporary = /\.part$|\.staging-|\.lockstep-|lockstep-new$|\.tmp-|\.claim|\.lock$|\.lock\./;

/** What looks like it was meant to be renamed or removed and was not. */
export const leftOvers = (home: Home): string[] =>
  everything(home.folder).filter((path) => temporary.test(path));

/** As if a while had passed: the store takes only old left-overs for such. */
export function later(home: Home): void {
  const before = Date.now() / 1000 - 3600;
  for (const path of leftOvers(home))
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) utimesSync(path, before, before);
}
