import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Trouble } from '../../errors/trouble.ts';
import type { Host } from '../../host/api/host.ts';
import type { Running } from '../../host/api/running.ts';
import { partAt } from '../../host/programs/marked.ts';
import { within } from '../../host/programs/within.ts';
import { hostScript, scriptCommand } from '../../host-scripts/script.ts';
import type { Broker } from '../../mosquitto/service/broker.ts';
import { clean } from '../../text/clean.ts';
import { type Waiting, waitingIn } from '../change/waiting.ts';

/** Who works on a broker. */
export interface Person {
  /** For example `anna`. */
  who: string;
  /** The machine the program runs on. */
  from: string;
  /** When the work began; null when that cannot be told. */
  since: Date | null;
  /** Seconds since the program was heard last. */
  silent: number;
}

/** The lock on a broker's host, held for one session. */
export interface Operator {
  /** Shown to the scripts that change something: they refuse when somebody else holds the lock. */
  readonly token: string;
  /** Who held it before and is gone; null when nobody did. */
  readonly takenOverFrom: Person | null;
  /** The change that waited for its proof when the lock was taken; `unknown` where that could not be looked for. */
  readonly waiting: Waiting | 'reverting' | 'confirmed' | 'unknown' | null;
  /** Lets it go. Idempotent. */
  release(): Promise<void>;
}

export interface Claim {
  who: string;
  from: string;
  /**
   * The same for all sessions of which only one can be alive: whoever holds the lock under it is dead,
   * because this one is alive.
   */
  home: string;
  /** Told while a silent owner is waited for. */
  doing(text: string): void;
  signal?: AbortSignal | undefined;
}

/** An owner that lives is heard this often. */
const beatSeconds = 10;
/** The script waits 20 seconds itself for whoever takes the lock in the same moment. */
const greetingSeconds = 45;
/** One that was not heard for so long is taken to be dead. */
export const deadSeconds = 45;

/**
 * Takes the lock on a broker's host, or takes over a dead owner's: at once where it is known to be dead,
 * after a silence of 45 seconds otherwise (waiting for that). A program that ends in whatever way lets it
 * go with its connection. Throws a Trouble that names who holds it, and since when.
 */
export async function takeOperator({ host, layout }: Broker, claim: Claim): Promise<Operator> {
  const token = randomBytes(8).toString('hex');
  const who = [claim.who, claim.from].map((text) => clean(text, 60));
  for (const begun = performance.now(); ; ) {
    const holding = new AbortController();
    const program = await host.start(
      scriptCommand(
        'undo/operator/hold',
        ...[layout.runtime, token, claim.home, ...who],
        ...[hostScript('undo/waiting'), layout.state, String(deadSeconds)],
      ),
      { root: true, signal: holding.signal },
    );
    const { words, rest } = await greeting(program, host).catch((error) => {
      holding.abort();
      throw error;
    });
    const [said = '', ...fields] = words;
    // Where the connection broke, nothing is known of the lock.
    if (said === '') await within(program.ended, { seconds: 10, ...lockProgram(host) });
    if (said === 'held') {
      const lock = held(program, holding, token);
      const waiting = await rest().then(waitingOrNot, (error) => {
        holding.abort();
        throw error;
      });
      return { ...lock, takenOverFrom: personIn(fields), waiting };
    }
    program.ended.catch(() => {});
    holding.abort();
    const other = personIn(fields);
    if (said !== 'busy' || !other) throw notTaken(host);
    const waited = (performance.now() - begun) / 1000;
    if (other.silent < 2 * beatSeconds || waited > 2 * deadSeconds) throw busy(host, other);
    claim.doing(`Waiting for ${other.who}, who was not heard for ${other.silent} s`);
    await wait(2000, undefined, claim.signal ? { signal: claim.signal } : {});
  }
}

const waitingOrNot = (fields: string[]): Operator['waiting'] =>
  fields.at(-1) === 'failed' ? 'unknown' : waitingIn(fields);

/** Who holds the lock now; null when nobody does. */
export async function operatorOn({ host, layout }: Broker): Promise<Person | null> {
  const { stdout } = await host.run(scriptCommand('undo/operator/look', layout.runtime), {
    root: true,
    doing: 'Looking who else is at work',
  });
  return personIn(stdout.split('\0'));
}

function held(
  program: Running,
  holding: AbortController,
  token: string,
): Pick<Operator, 'token' | 'release'> {
  program.stdin.on('error', () => {});
  const timer = setInterval(() => program.stdin.write('\n'), beatSeconds * 1000);
  timer.unref();
  // Whether the connection broke or somebody took it over, the next change finds out.
  const ended = program.ended.catch(() => {}).finally(() => clearInterval(timer));
  return {
    token,
    async release() {
      clearInterval(timer);
      program.stdin.end();
      const late = setTimeout(() => holding.abort(), 2000);
      await Promise.race([ended, once(holding.signal, 'abort').catch(() => {})]);
      clearTimeout(late);
    },
  };
}

const lockProgram = (host: Host) => ({
  what: `The program that keeps the lock on ${clean(host.name, 80)}`,
  likely: 'It was stopped there, or that machine is very busy. Nothing was changed.',
});

/** The first line, its fields parted by NUL, and what comes with the second. Empty when there is none. */
async function greeting(program: Running, host: Host) {
  program.stderr.resume();
  const { what, likely } = lockProgram(host);
  const first = partAt(program.stdout, /\n/);
  const ended = await within(first.found, { seconds: greetingSeconds, what, likely });
  return {
    // Cut short it is no word: what has failed behind `held` holds nothing.
    words: ended ? first.heard().split('\0') : [],
    async rest(): Promise<string[]> {
      const second = partAt(first.rest, /\n/);
      second.rest.resume();
      // That waits 100 seconds itself for a change that is under way.
      await within(second.found, { seconds: 130, what, likely });
      return second.heard().split('\0');
    },
  };
}

function personIn([who = '', from = '', since = '', silent = '']: string[]): Person | null {
  if (who === '') return null;
  const seconds = Number(since);
  return {
    who: clean(who, 60),
    from: clean(from, 60),
    since: Number.isFinite(seconds) && seconds > 0 ? new Date(seconds * 1000) : null,
    silent: Math.max(0, Number(silent) || 0),
  };
}

/** `anna from her-laptop, since 2026-11-03 14:05` */
export function personText({ who, from, since }: Person): string {
  const time = since?.toLocaleString('sv-SE').slice(0, 16);
  return `${who} from ${from}${time ? `, since ${time}` : ''}`;
}

function busy(host: Host, other: Person): Trouble {
  return new Trouble(`Somebody works on ${clean(host.name, 80)} now: ${personText(other)}.`, {
    likely: 'Two programs must not change one broker at the same time.',
    next: 'Wait until that session has ended, or end it there with q. "lockstep status" only looks, and works meanwhile.',
    exitCode: 3,
  });
}

function notTaken(host: Host): Trouble {
  return new Trouble(`The lock on ${clean(host.name, 80)} could not be taken.`, {
    likely: 'Its folder /run/mqtt-lockstep belongs to somebody else, or cannot be written.',
    next: 'Look at it there ("ls -ld /run/mqtt-lockstep"), then try again. Nothing was changed.',
  });
}
