import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { scriptCommand } from '../../host-scripts/script.ts';
import type { Running, Start } from '../api/running.ts';
import { partAt } from '../programs/marked.ts';
import { type Asking, asksMore, sudoFailure } from './failures.ts';
import type { Announced } from './warm.ts';

export interface Sudoer extends Asking {
  /** Starts programs as the login user. */
  start: Start;
  /** Without one sudo is told never to ask. */
  password: string | undefined;
}

/** Starts a program by way of sudo(8). Its `ended` rejects with a HostError when sudo refuses. */
export async function behindSudo(
  sudoer: Sudoer,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<Announced> {
  const { start, password } = sudoer;
  const marks = { prompt: `lockstep ${token()}`, first: token(), second: token() };
  const how = password === undefined ? ['-n'] : ['-k', '-S', '-p', `[${marks.prompt} %p]`];
  const command = scriptCommand('host/announced', marks.first, marks.second, ...argv);
  const program = await start(['sudo', ...how, '--', ...command], signal);
  return converse(program, marks, sudoer);
}

interface Marks {
  /** Behind it, in the prompt, stands whose password sudo wants: root's, with `rootpw` and the like (sudoers(5)). */
  prompt: string;
  /**
   * The program's start is told by both with a dash between them. They stand apart in the command,
   * because sudo repeats the command in its complaints.
   */
  first: string;
  second: string;
}

/** Milliseconds of silence after which what looks like a question is one. */
const patience = 1500;

/** Text that no program prints by chance. */
function token(): string {
  return randomBytes(12).toString('hex');
}

/**
 * The program behind sudo, without sudo. Its input is held back until the program itself has
 * started, because whatever is written before that could be read as a password; the password is
 * written only after the prompt, because without one it would be the program's input. What comes
 * on standard error before the start is sudo's, and kept from the program's.
 */
function converse(sudo: Running, marks: Marks, { password, ...asking }: Sudoer): Announced {
  const stdin = new PassThrough();
  const prompted = new RegExp(`\\[${marks.prompt} ([^\\]]*)\\]`, 'g');
  let prompts = 0;
  let asked: string | null = null;
  let quiet: NodeJS.Timeout | undefined;
  sudo.stdin.on('error', () => {});
  const stderr = partAt(sudo.stderr, new RegExp(`${marks.first}-${marks.second}`), (heard) => {
    clearTimeout(quiet);
    // A question that is not ours, of a PAM module for instance: nobody can answer it.
    const other = /[^\n]*[:?] ?$/.exec(heard.replace(prompted, '\n'))?.[0];
    if (other !== undefined)
      quiet = setTimeout(() => {
        asked = other.trim();
        sudo.stdin.end();
      }, patience);
    if ([...heard.matchAll(prompted)].length <= prompts) return;
    prompts += 1;
    // A second prompt means that the first answer was wrong; there is no other to give.
    if (prompts === 1 && password !== undefined) sudo.stdin.write(`${password}\n`);
    else sudo.stdin.end();
  });
  stderr.found.then((started) => {
    clearTimeout(quiet);
    if (started) stdin.pipe(sudo.stdin);
  });
  const ended = sudo.ended.then(async (ending) => {
    if (await stderr.found) return ending;
    const heard = stderr.heard();
    const whose = [...heard.matchAll(prompted)].at(-1)?.[1] ?? null;
    if (asked !== null) throw asksMore(asking.where, asked);
    throw sudoFailure(heard.replace(prompted, ''), asking, whose);
  });
  ended.catch(() => {});
  const started = stderr.found.then((found) => found !== null);
  return { ...sudo, stdin, stderr: stderr.rest, ended, started };
}
