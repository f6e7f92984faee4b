import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { type Host, HostError } from './host.ts';
import { partAt } from './marked.ts';
import { execute, type Running, type Start, stopGroup } from './program.ts';
import { sudoFailure } from './sudo-failures.ts';

/** How a host starts programs as root. */
export interface Root {
  readonly privilege: Host['privilege'];
  /** Finds out how, once, asking for the password where one is needed. HostError when it cannot. */
  ready(): Promise<Start>;
}

export interface SudoAsk {
  /** sudo's password; `attempt` counts from 1. Undefined gives up. */
  sudoPassword?(attempt: number, who: string): Promise<string | undefined>;
}

export interface SudoOptions {
  /** Starts programs as the login user. */
  start: Start;
  /** The host's name, for error texts. */
  where: string;
  ask: SudoAsk;
  /** Called when the user may not use sudo: a new login may have new groups. */
  refused?: () => void;
  /** What `privilege` says until it is known; `password` unless told. */
  assume?: Host['privilege'];
}

/** Where nothing is needed: the user is root, or owns everything that is touched. */
export function rootAlready(start: Start): Root {
  return { privilege: 'root', ready: async () => start };
}

const answers = ['root', 'nopasswd', 'password', 'none'] as const;

const probe = `[ "$(id -u)" != 0 ] || { echo root; exit; }
command -v sudo >/dev/null || { echo none; exit; }
sudo -k -n true && echo nopasswd || echo password`;

/**
 * Root through sudo(8): nothing when the user is root, `sudo -n` where no password is asked, else
 * the password by way of a prompt that nobody can foresee. The password is kept in here, and
 * nowhere else.
 */
export class Sudo implements Root {
  readonly #start: Start;
  readonly #where: string;
  readonly #ask: SudoAsk;
  readonly #refused: () => void;
  #privilege: Host['privilege'];
  #probed: Promise<Host['privilege']> | undefined;
  #ready: Promise<Start> | undefined;
  #password: string | undefined;

  constructor({ start, where, ask, refused = () => {}, assume = 'password' }: SudoOptions) {
    this.#start = start;
    this.#where = where;
    this.#ask = ask;
    this.#refused = refused;
    this.#privilege = assume;
  }

  get privilege(): Host['privilege'] {
    return this.#privilege;
  }

  ready(): Promise<Start> {
    this.#ready ??= this.#makeReady().catch((error) => {
      this.#forget(error);
      throw error;
    });
    return this.#ready;
  }

  /** Asks the machine (not the user) how root is reached there. */
  probe(): Promise<Host['privilege']> {
    this.#probed ??= this.#askMachine().catch((error) => {
      this.#probed = undefined;
      throw error;
    });
    return this.#probed;
  }

  async #askMachine(): Promise<Host['privilege']> {
    const { stdout, stderr } = await this.#execute(this.#start, ['sh', '-c', probe]);
    const answer = answers.find((word) => word === stdout.toString().trim());
    if (answer === undefined) throw noAnswer(this.#where);
    const said = stderr.toString();
    if (answer === 'password' && /must have a tty/.test(said)) throw sudoFailure(said, this.#where);
    this.#privilege = answer;
    return answer;
  }

  async #makeReady(): Promise<Start> {
    const privilege = await this.probe();
    if (privilege === 'root') return this.#start;
    if (privilege === 'none') throw sudoFailure('sudo: command not found', this.#where);
    if (privilege === 'password') await this.#learnPassword();
    return async (argv, signal) => {
      const program = await this.#begin(argv, signal);
      // A login user may not signal what root runs, so root does it. sudo passes it on.
      const stop = () => this.#stop(program);
      signal.addEventListener('abort', stop, { once: true });
      const done = () => signal.removeEventListener('abort', stop);
      program.ended.then(done, (error) => {
        done();
        // The rights were taken away, or the password changed: find out anew next time.
        this.#forget(error);
      });
      return program;
    };
  }

  async #learnPassword(): Promise<void> {
    const { sudoPassword } = this.#ask;
    if (this.#password !== undefined) return;
    if (!sudoPassword)
      throw new HostError('sudo-password', `sudo on ${this.#where} asks for a password.`, {
        likely: 'Nobody can be asked for it in this run.',
        next: 'Put it into a file that only you can read and give --sudo-password-file FILE.',
      });
    for (let attempt = 1; ; attempt += 1) {
      const before = this.#password;
      this.#password = await sudoPassword.call(this.#ask, attempt, this.#where);
      if (this.#password === undefined)
        throw new HostError('cancelled', `The password of sudo on ${this.#where} was not given.`);
      // From a file the answer is always the same; asking again would only lock the account.
      const again = attempt < 3 && this.#password !== before;
      try {
        await this.#execute((argv, signal) => this.#begin(argv, signal), ['true']);
        return;
      } catch (error) {
        const wrong = error instanceof HostError && error.kind === 'sudo-password';
        if (wrong && again) continue;
        throw error;
      }
    }
  }

  async #stop(program: Running): Promise<void> {
    const pid = await program.pid;
    if (pid === null) return;
    const begin: Start = (argv, signal) => this.#begin(argv, signal);
    await this.#execute(begin, ['sh', '-c', stopGroup, 'lockstep', String(pid)]).catch(() => {});
  }

  /** After sudo refused: whatever was known may have changed. A broken connection changes nothing. */
  #forget(error: unknown): void {
    if (!(error instanceof HostError) || error.kind === 'lost') return;
    this.#password = undefined;
    this.#probed = undefined;
    this.#ready = undefined;
    if (error.kind === 'not-a-sudoer') this.#refused();
  }

  async #begin(argv: readonly string[], signal: AbortSignal): Promise<Running> {
    const marks = { prompt: `[lockstep ${token()}]`, first: token(), second: token() };
    const announce = ['sh', '-c', 'printf "%s-%s" "$0" "$1" >&2; shift; exec "$@"'];
    const how = this.#password === undefined ? ['-n'] : ['-k', '-S', '-p', marks.prompt];
    const command = [...announce, marks.first, marks.second, ...argv];
    const program = await this.#start(['sudo', ...how, '--', ...command], signal);
    return converse(program, marks, this.#password, this.#where);
  }

  #execute(start: Start, argv: readonly string[]) {
    return execute(start, argv, { doing: 'Becoming root', where: this.#where });
  }
}

function noAnswer(where: string): HostError {
  return new HostError('failed', `${where} did not say how root is reached there.`, {
    likely: 'The login shell of that user runs no commands, or prints text of its own.',
    next: `Try \`ssh ${where} id -u\`: it must print a number and nothing else.`,
  });
}

interface Marks {
  prompt: string;
  /**
   * The program's start is told by both with a dash between them. They stand apart in the command,
   * because sudo repeats the command in its complaints.
   */
  first: string;
  second: string;
}

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
function converse(
  sudo: Running,
  marks: Marks,
  password: string | undefined,
  where: string,
): Running {
  const stdin = new PassThrough();
  let prompts = 0;
  sudo.stdin.on('error', () => {});
  const stderr = partAt(sudo.stderr, new RegExp(`${marks.first}-${marks.second}`), (heard) => {
    if (heard.split(marks.prompt).length - 1 <= prompts) return;
    prompts += 1;
    // A second prompt means that the first answer was wrong; there is no other to give.
    if (prompts === 1 && password !== undefined) sudo.stdin.write(`${password}\n`);
    else sudo.stdin.end();
  });
  stderr.found.then((started) => started && stdin.pipe(sudo.stdin));
  const ended = sudo.ended.then(async (ending) => {
    if (await stderr.found) return ending;
    throw sudoFailure(stderr.heard().replaceAll(marks.prompt, ''), where);
  });
  ended.catch(() => {});
  return { ...sudo, stdin, stderr: stderr.rest, ended };
}
