import { join } from 'node:path';
import type { Host } from '../../src/host/api/host.ts';
import type { Trace } from '../../src/host/api/trace.ts';
import { addressesOf } from '../../src/host/local/addresses.ts';
import { sshConfig, system } from '../../src/host/ssh/config/config.ts';
import type { SshSettings } from '../../src/host/ssh/config/settings.ts';
import { parseTarget } from '../../src/host/ssh/syntax/target.ts';
import { locateBroker } from '../../src/mosquitto/locate/locate.ts';
import type { Broker } from '../../src/mosquitto/service/broker.ts';
import { normalIfAny, usableNames, withoutZone } from '../../src/pki/x509/san.ts';
import { practiceBroker } from '../../src/practice/broker.ts';
import { preparePractice, resetPractice } from '../../src/practice/folder.ts';
import type { Answers } from '../../src/steps/answers/answers.ts';
import type { Asks } from '../../src/steps/contract/setup.ts';
import type { From } from '../../src/this-machine/paths.ts';
import type { Places } from '../../src/this-machine/places.ts';
import { changesOn } from '../../src/undo/change/change.ts';
import type { Store } from '../store/store.ts';

/** Where a program runs and for whom; given, so that one process can serve many. */
export interface Surroundings extends From {
  places(practice: boolean): Places;
  store: Store;
  environment: Readonly<Record<string, string | undefined>>;
  /** The home folder in the account's record; OpenSSH looks there whatever HOME says. */
  accountHome: string;
  user: string;
  /** What this machine calls itself. */
  machine: string;
  /** As `tty` calls it, or empty. */
  terminal: string;
  pid: number;
  /** Told every action on every machine; for bug reports. */
  trace?: Trace | undefined;
  now(): Date;
}

/** How a broker is reached, besides its address. */
export interface Reaching {
  /** Fingerprints of host keys that are confirmed: `SHA256:...` of the broker's machine, `HOST=SHA256:...` of another. */
  acceptHostKey?: readonly string[];
  /** The broker that they were given for, where another one may be chosen later; the one that is reached unless told. */
  acceptHostKeyFor?: string | undefined;
  acceptNewHostKey?: boolean;
  /** What for: who only looks takes no lock on the broker's host; `prepare` ends before a change can be proved. */
  purpose?: 'look' | 'prepare' | 'change' | 'undo';
  /** Begins the practice broker anew first; the authority and what it issued stay. */
  reset?: boolean;
  asks: Asks;
  /** What is going on, one line. */
  doing(text: string): void;
  signal(): AbortSignal | undefined;
}

/** A broker that has been found. */
export interface Reached {
  broker: Broker;
  /** What an earlier session had left unproved was put back on the way. */
  putBack?: true;
  close(): Promise<void>;
}

/** Logs in to the broker's machine and finds the broker; `local` is this machine. */
export async function reachBroker(
  answers: Answers,
  here: Host,
  around: Surroundings,
  reaching: Reaching,
): Promise<Reached> {
  if (answers.broker === 'local') {
    reaching.doing('Looking for Mosquitto on this machine');
    return { broker: await locateBroker(here, '127.0.0.1', answers.unit), close: async () => {} };
  }
  reaching.doing(`Connecting to ${answers.broker}`);
  const signal = reaching.signal();
  const host = await connect(answers.broker, answers, around, reaching);
  const giveUp = () => void host.close();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    signal?.throwIfAborted();
    reaching.doing(`Looking for Mosquitto on ${host.name}`);
    const target = parseTarget(answers.broker);
    const settings = await resolver(around)(target.host, target);
    const knownAs = reachedBy(target.host, settings);
    // At once, for it is the way there that takes the time. No broker is the better explanation.
    const becoming = host.becomeRoot();
    becoming.catch(() => {});
    const broker = await locateBroker(host, normalIfAny(settings.hostname), answers.unit);
    await becoming;
    return { broker: { ...broker, reachedBy: await knownAs }, close: () => host.close() };
  } catch (error) {
    await host.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

/** By what this machine gets there. Beyond a jump host, names are looked up by that. */
export async function reachedBy(
  typed: string,
  { hostname, jumps }: Pick<SshSettings, 'hostname' | 'jumps'>,
): Promise<string[]> {
  const found = jumps.length > 0 ? [] : await addressesOf(hostname);
  return usableNames([typed, hostname, ...found].map(withoutZone));
}

/** Starts the practice broker; with `reset`, one that is as at the very first time. */
export async function reachPractice(
  place: string,
  { environment }: Surroundings,
  { reset, doing }: Reaching,
): Promise<Reached> {
  const searchPath = environment.PATH ?? '';
  if (reset) {
    doing('Beginning the practice broker anew');
    // One that a killed program has left behind must not serve from a folder that is emptied.
    const before = await practiceBroker({ folder: await preparePractice(place), searchPath });
    await before.service.stop();
    await before.host.close();
    await resetPractice(place);
  }
  const broker = await practiceBroker({ folder: await preparePractice(place), searchPath });
  // A change that was not proved when its program died goes back before the broker starts again.
  const changes = changesOn(broker);
  const { ran } = await changes.putBack('waiting');
  if (ran !== null) await changes.settled();
  // One that does not start must not keep anybody from looking at it, repairing it or undoing.
  await broker.service.start().catch(() => {});
  return {
    broker,
    ...(ran === null ? {} : { putBack: true as const }),
    async close() {
      await broker.service.stop();
      await broker.host.close();
    },
  };
}

/** Where HOME names another folder than the account's, that folder's `.ssh` counts, and no other; the system's goes on to. */
function resolver({ home: ours, accountHome, user, environment }: Surroundings) {
  // Without a home folder not what is in the current one, either.
  const home = ours || '/nonexistent';
  const elsewhere =
    ours === accountHome ? {} : { configFiles: [join(home, '.ssh', 'config'), system] };
  return sshConfig({ home, accountHome, localUser: user, environment, ...elsewhere });
}

/** A secret given for the broker's machine goes to no other one, and not to those on the way there. */
const forOthers = (asks: Asks): Asks => ({
  ...asks,
  ...(asks.password && { password: async (who, attempt) => asks.password?.(who, attempt, false) }),
  ...(asks.sudoPassword && {
    sudoPassword: async (attempt, who) => asks.sudoPassword?.(attempt, who, false),
  }),
});

/** Logs in to a machine, as its user would with ssh. */
export async function connect(
  target: string,
  { identity, broker }: Answers,
  around: Surroundings,
  reaching: Reaching,
): Promise<Host> {
  const agentSocket = around.environment.SSH_AUTH_SOCK;
  const signal = reaching.signal();
  // Only now: the SSH library is the largest part of the program.
  const { connectSsh } = await import('../../src/host/ssh/ssh.ts');
  return connectSsh(target, {
    configResolver: resolver(around),
    ask: target === broker ? reaching.asks : forOthers(reaching.asks),
    ...(identity ? { identityFiles: [identity] } : {}),
    ...(agentSocket ? { agentSocket } : {}),
    ...(reaching.acceptHostKey ? { acceptHostKey: reaching.acceptHostKey } : {}),
    plainHostKeysOf: parseTarget(reaching.acceptHostKeyFor ?? broker),
    ...(reaching.acceptNewHostKey ? { acceptNewHostKey: true } : {}),
    ...(signal ? { signal } : {}),
    notice: reaching.doing,
    trace: around.trace,
  });
}
