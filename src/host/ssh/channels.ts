import type { Client, ClientChannel } from 'ssh2';
import { HostError } from '../../errors/host-error.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import type { Ending, Running, Start } from '../api/running.ts';
import { announced, begun, commandLine } from '../programs/command-line.ts';
import { partAt } from '../programs/marked.ts';
import { within } from '../programs/within.ts';
import { NoRoom } from '../sudo/warm.ts';
import { lost } from './failure.ts';

/** Programs that run at once on one connection; sshd allows ten unless told (MaxSessions). */
const mostChannels = 10;

/** A channel is opened, or refused, in a round trip. */
const openSeconds = 25;

/** After this a program that was to end counts as ended. */
const closeSeconds = 10;

/** Starts programs on an SSH connection, a few at a time; the others wait for their turn. */
export class Channels {
  readonly #connection: () => Promise<Client>;
  readonly #where: string;
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #most = mostChannels;
  #served = false;
  /** Called when a program has to wait for its turn: what is only kept ready should end. */
  crowded: () => void = () => {};
  /** Starts what the server has no room for here; without it that waits for its turn. */
  elsewhere: Start | null = null;

  /** `connection` gives the live connection, and makes a new one when the last one broke. */
  constructor(connection: () => Promise<Client>, where: string) {
    this.#connection = connection;
    this.#where = where;
  }

  /** Whether another program would have to wait. */
  get isFull(): boolean {
    return this.#open >= this.#most;
  }

  /** Whether the server gives so few places that those who stay long leave none for others. */
  get #isNarrow(): boolean {
    return this.#most < 4;
  }

  readonly start: Start = (argv, signal) =>
    this.isFull && this.#isNarrow && this.elsewhere
      ? this.elsewhere(argv, signal)
      : this.#start(argv, signal, this.elsewhere);

  /** As `start`, here and nowhere else. */
  readonly inTurn: Start = (argv, signal) => this.#start(argv, signal, null);

  async #start(
    argv: readonly string[],
    signal: AbortSignal,
    elsewhere: Start | null,
  ): Promise<Running> {
    const command = commandLine(argv);
    for (;;) {
      await this.#turn(signal);
      try {
        const program = await this.#exec(command, signal);
        if (program) return program;
      } catch (error) {
        this.#release();
        throw error;
      }
      if (elsewhere && this.#isNarrow) {
        // Its place here is free again, and perhaps nothing runs whose end would tell.
        this.#waiting.shift()?.();
        return elsewhere(argv, signal);
      }
    }
  }

  /**
   * As `start`, for what is only kept ready: rejects with NoRoom rather than wait for a turn or take
   * the last place.
   */
  readonly spare: Start = async (argv, signal) => {
    if (this.#open + 1 >= this.#most || this.#waiting.length > 0) throw new NoRoom();
    this.#open += 1;
    const program = await this.#exec(commandLine(argv), signal).catch(() => {
      this.#release();
      return null;
    });
    if (!program) {
      this.#waiting.shift()?.();
      throw new NoRoom();
    }
    return program;
  };

  /** Waits for a free place. */
  async #turn(signal: AbortSignal): Promise<void> {
    while (this.#open >= this.#most) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      this.crowded();
      await promise;
      if (signal.aborted) this.#waiting.shift()?.();
      signal.throwIfAborted();
    }
    this.#open += 1;
  }

  #release(): void {
    this.#open -= 1;
    this.#waiting.shift()?.();
  }

  /** Null when the host has no room for another program just now: then wait for one to end. */
  async #exec(command: string, signal: AbortSignal): Promise<Running | null> {
    const client = await this.#connection();
    signal.throwIfAborted();
    // To a command that waits for its answer, ssh2 tells the end of the connection as a refusal.
    let over = false;
    const closed = () => {
      over = true;
    };
    client.once('close', closed);
    let late = false;
    const started = new Promise<Running | null>((resolve, reject) => {
      const callback = (error: Error | undefined, channel: ClientChannel) => {
        if (late) {
          channel?.close();
          return;
        }
        // At once: a short program's end is in the same packet as its beginning.
        if (!error) {
          this.#served = true;
          resolve(this.#running(client, channel, signal));
        } else if (over) reject(lost(this.#where, error));
        else if (/Channel open failure/.test(error.message) && this.#open > 1) {
          this.#most = Math.max(1, this.#open - 1);
          this.#open -= 1;
          resolve(null);
        } else if (/Channel open failure/.test(error.message) && this.#served) {
          // Commands are run for us: it has not yet given back the place of the last one.
          this.#open -= 1;
          setTimeout(resolve, 50, null);
        } else reject(noChannel(this.#where, error, this.#served));
      };
      try {
        client.exec(command, callback);
      } catch (error) {
        reject(lost(this.#where, error));
      }
    });
    const wait = within(started, {
      seconds: openSeconds,
      what: `${this.#where}, asked to run a command,`,
      likely: 'Its SSH server neither runs it nor refuses: it hangs, or that machine is very busy.',
    });
    return wait.finally(() => {
      late = true;
      client.off('close', closed);
    });
  }

  #running(client: Client, channel: ClientChannel, signal: AbortSignal): Running {
    const { promise, resolve, reject } = Promise.withResolvers<Ending>();
    let exited = false;
    channel.on('exit', (code: number | null, killedBy?: string) => {
      exited = true;
      resolve({ code, signal: killedBy ?? null });
    });
    channel.on('error', () => {});
    let gone = false;
    const over = () => {
      if (gone) return;
      gone = true;
      signal.removeEventListener('abort', stop);
      this.#release();
      if (!exited) reject(lost(this.#where));
    };
    channel.once('close', over);
    const stderr = partAt(channel.stderr, announced);
    const stdout = partAt(channel, begun);
    const pid = stderr.found.then((mark) => (mark ? Number(mark[1]) : null));
    const stop = () => {
      // What a program that has ended left running, was meant to be left.
      if (exited) channel.close();
      else endProgram(client, channel, pid);
      // A server that does not say that it is closed keeps nobody.
      setTimeout(over, closeSeconds * 1000).unref();
    };
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    promise.catch(() => {});
    return { stdin: channel, stdout: stdout.rest, stderr: stderr.rest, ended: promise, pid };
  }
}

/**
 * Ends a program by another one. The protocol has signals, but sshd does not pass them on to
 * programs of root ("session signalling requires privilege separation").
 */
async function endProgram(client: Client, channel: ClientChannel, pid: Promise<number | null>) {
  const timer = setTimeout(() => channel.close(), 3000);
  channel.once('close', () => clearTimeout(timer));
  const leader = await pid;
  if (leader === null) return;
  const command = commandLine(scriptCommand('host/stop-group', String(leader)));
  try {
    client.exec(command, (_error, killer) => killer?.resume().stderr.resume());
  } catch {
    // The connection is gone; what runs there ends when it next writes.
  }
}

function noChannel(where: string, cause: Error, served: boolean): HostError {
  const detail = clean(cause.message, 200);
  if (served)
    return new HostError('failed', `${where} does not start another command.`, {
      likely: 'It has run others for this login: it is short of memory, or of processes.',
      next: `Look at \`free\` and \`ps\` on that machine, then go on.`,
      detail,
    });
  return new HostError('failed', `${where} runs no commands for this login.`, {
    likely: 'Its SSH server allows no sessions for this user (MaxSessions 0, or a tunnel only).',
    next: `Try \`ssh ${where} id\` by hand, or log in as another user.`,
    detail,
  });
}
