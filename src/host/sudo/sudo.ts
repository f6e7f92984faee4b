import { HostError } from '../../errors/host-error.ts';
import { hostScript, scriptCommand } from '../../host-scripts/script.ts';
import type { Running, Start } from '../api/running.ts';
import { noAnswer } from '../programs/failures.ts';
import { execute } from '../programs/program.ts';
import { type Asking, OtherPassword, sudoFailure } from './failures.ts';
import { behindSudo, type Sudoer } from './start.ts';
import { tryOnce } from './try.ts';
import { type Announced, Warm } from './warm.ts';

/** How a host starts programs as root. */
export interface Root {
  /** Finds out how, once, asking for the password where one is needed. HostError when it cannot. */
  ready(): Promise<Start>;
  /** Ends what was kept ready because somebody else needs its place; more may follow. */
  yield(): void;
  close(): void;
}

export interface SudoAsk {
  /** sudo's password at a host; `attempt` counts from 1. Undefined gives up. */
  sudoPassword?(attempt: number, who: string, end?: boolean): Promise<string | undefined>;
}

export interface SudoOptions extends Asking {
  /** Starts programs as the login user. */
  start: Start;
  ask: SudoAsk;
  /** The same for a program that is only to be kept ready, for the next action; see `Warm`. */
  spare?: Start;
  /** Called when the user may not use sudo: a new login may have new groups. */
  refused?: () => void;
}

/** Where nothing is needed: the user is root, or owns everything that is touched. */
export function rootAlready(start: Start): Root {
  return { ready: async () => start, yield: () => {}, close: () => {} };
}

/**
 * Programs of root that are kept ready: each takes about three round trips to start, so with as many
 * on the way one action after the other finds one, also where a few are done at once.
 */
const ready = 6;

/** sudo itself may wait so long, for a directory service perhaps. */
const startSeconds = 30;

/** `counted`: by a password, and PAM counts those that are wrong. `none`: only what the login user may do works. */
const answers = ['root', 'nopasswd', 'password', 'counted', 'none'] as const;
type Privilege = (typeof answers)[number];

/**
 * Root through sudo(8): nothing when the user is root, `sudo -n` where no password is asked, else
 * the password by way of a prompt that nobody can foresee. The password is kept in here, and
 * nowhere else.
 */
export class Sudo implements Root {
  readonly #start: Start;
  readonly #where: string;
  readonly #user: string | null;
  readonly #ask: SudoAsk;
  readonly #refused: () => void;
  readonly #spare: Start;
  #warm: Warm | undefined;
  #probed: Promise<Privilege> | undefined;
  #ready: Promise<Start> | undefined;
  #password: string | undefined;

  constructor(options: SudoOptions) {
    const { start, where, user, ask, refused = () => {}, spare = start } = options;
    this.#start = start;
    this.#where = where;
    this.#user = user;
    this.#ask = ask;
    this.#refused = refused;
    this.#spare = spare;
  }

  ready(): Promise<Start> {
    this.#ready ??= this.#makeReady().catch((error) => {
      this.#forget(error);
      throw error;
    });
    return this.#ready;
  }

  yield(): void {
    this.#warm?.dismiss();
  }

  close(): void {
    this.#warm?.close();
  }

  /** Asks the machine (not the user) how root is reached there. */
  probe(): Promise<Privilege> {
    this.#probed ??= this.#askMachine().catch((error) => {
      this.#probed = undefined;
      throw error;
    });
    return this.#probed;
  }

  async #askMachine(): Promise<Privilege> {
    const { stdout, stderr } = await this.#execute(this.#start, [
      'sh',
      '-c',
      hostScript('host/sudo-probe'),
    ]);
    const answer = answers.find((word) => word === stdout.toString().trim());
    if (answer === undefined) throw noAnswer(this.#where);
    const said = stderr.toString();
    if (/password|counted/.test(answer) && /must have a tty/.test(said))
      throw sudoFailure(said, this.#asking());
    return answer;
  }

  async #makeReady(): Promise<Start> {
    const privilege = await this.probe();
    if (privilege === 'root') return this.#start;
    if (privilege === 'none') throw sudoFailure('sudo: command not found', this.#asking());
    const warm = new Warm({
      start: this.#begin,
      ready,
      spare: (argv, signal) => this.#behindSudo(this.#spare, argv, signal),
      failed: (error) => this.#forget(error),
    });
    if (privilege === 'password' || privilege === 'counted')
      await this.#learnPassword(warm, privilege === 'counted');
    this.#warm = warm;
    return async (argv, signal) => {
      const program = await warm.start(argv, signal);
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

  async #learnPassword(warm: Warm, counted: boolean): Promise<void> {
    const { sudoPassword } = this.#ask;
    if (this.#password !== undefined) return;
    if (!sudoPassword)
      throw new HostError('sudo-password', `sudo on ${this.#where} asks for a password.`, {
        likely: 'Nobody can be asked for it in this run.',
        next: 'Put it into a file that only you can read and give --sudo-password-file FILE.',
      });
    let refused: HostError | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const before: string | undefined = this.#password;
      this.#password = await sudoPassword.call(this.#ask, attempt, this.#where, true);
      if (this.#password === undefined)
        throw new HostError('cancelled', `The password of sudo on ${this.#where} was not given.`, {
          likely: 'It was not typed; or nobody can be asked, and no file was given for this login.',
          next: `To give it without typing: --sudo-password-file ${this.#where}=FILE, a file that only you can read.`,
        });
      // From a file the answer is always the same: tried once more it would bring a lock-out nearer.
      if (refused && this.#password === before) throw refused;
      const signal = AbortSignal.timeout(startSeconds * 1000);
      try {
        if (counted) await tryOnce(this.#sudoer(this.#start), signal);
        await warm.prepare(signal);
        return;
      } catch (error) {
        if ((error as Error).name === 'TimeoutError') throw tooSlow(this.#where);
        const wrong =
          error instanceof HostError &&
          error.kind === 'sudo-password' &&
          !(error instanceof OtherPassword);
        if (!wrong || attempt >= 3) throw error;
        refused = error;
      }
    }
  }

  async #stop(program: Running): Promise<void> {
    const pid = await program.pid;
    if (pid === null) return;
    await this.#execute(this.#begin, scriptCommand('host/stop-group', String(pid))).catch(() => {});
  }

  /** After sudo refused: whatever was known may have changed. A broken connection changes nothing. */
  #forget(error: unknown): void {
    if (!(error instanceof HostError) || error.kind === 'lost') return;
    this.#password = undefined;
    this.#probed = undefined;
    this.#ready = undefined;
    this.#warm?.close();
    if (error.kind === 'not-a-sudoer') this.#refused();
  }

  readonly #begin = (argv: readonly string[], signal: AbortSignal) =>
    this.#behindSudo(this.#start, argv, signal);

  #behindSudo(start: Start, argv: readonly string[], signal: AbortSignal): Promise<Announced> {
    return behindSudo(this.#sudoer(start), argv, signal);
  }

  #sudoer(start: Start): Sudoer {
    return { start, password: this.#password, ...this.#asking() };
  }

  #asking(): Asking {
    return { user: this.#user, where: this.#where };
  }

  #execute(start: Start, argv: readonly string[]) {
    return execute(start, argv, { doing: 'Becoming root', where: this.#where });
  }
}

const tooSlow = (where: string): HostError =>
  new HostError(
    'timeout',
    `Becoming root on ${where} did not end within ${startSeconds} seconds.`,
    {
      likely: 'The machine is very busy, or sudo there waits for a directory that does not answer.',
      next: `Try \`sudo true\` there by hand; nothing was changed.`,
    },
  );
