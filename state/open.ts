import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clean } from '../src/clean.ts';
import type { Host } from '../src/host/host.ts';
import { localHost } from '../src/host/local.ts';
import { sshConfig } from '../src/host/ssh-config.ts';
import { parseTarget } from '../src/host/ssh-target.ts';
import type { Broker } from '../src/mosquitto/broker.ts';
import { locateBroker } from '../src/mosquitto/locate.ts';
import { survey } from '../src/mosquitto/survey.ts';
import { Feed } from '../src/mqtt/feed.ts';
import type { Places } from '../src/places.ts';
import { practiceBroker } from '../src/practice/broker.ts';
import { preparePractice, resetPractice } from '../src/practice/folder.ts';
import type { Answers } from '../src/steps/answers.ts';
import type { Asks, Seen, Setup } from '../src/steps/setup.ts';
import { Trouble } from '../src/trouble.ts';
import { aimFeed } from './aim.ts';
import { type Lock, lockSite } from './lock.ts';
import type { Opened } from './session.ts';
import { newSite, type Site, siteId } from './site.ts';
import type { Store } from './store.ts';

/** Where a program runs and for whom; given, so that one process can serve many. */
export interface Surroundings {
  places(practice: boolean): Places;
  store: Store;
  environment: Readonly<Record<string, string | undefined>>;
  home: string;
  /** The home folder in the account's record; OpenSSH looks there whatever HOME says. */
  accountHome: string;
  user: string;
  /** As `tty` calls it, or empty. */
  terminal: string;
  pid: number;
  now(): Date;
}

/** How a broker is reached, besides its address. */
export interface Reaching {
  acceptHostKey?: readonly string[];
  acceptNewHostKey?: boolean;
  /** Begins the practice broker anew first; the authority and what it issued stay. */
  reset?: boolean;
  asks: Asks;
  /** What is going on, one line. */
  doing(text: string): void;
  signal(): AbortSignal | undefined;
}

/**
 * Opens a site: takes its lock, reaches the broker's machine, finds the broker, and brings the
 * answers up to what was seen there. What it took is given back when anything fails.
 */
export async function openSite(
  wanted: Answers,
  around: Surroundings,
  reaching: Reaching,
): Promise<Opened> {
  const { store, now } = around;
  const practice = wanted.broker === 'practice';
  if (reaching.reset && !practice) throw onlyPractice(wanted.broker);
  const places = around.places(practice);
  const id = siteId(wanted.broker);
  const lock = await lockSite(places.state, id, {
    user: around.user,
    terminal: around.terminal,
    pid: around.pid,
    since: now().toISOString(),
  });
  const closing: (() => Promise<unknown>)[] = [() => lock.release()];
  const close = async () => {
    // Whatever one of them meets, the others have their turn: the lock above all.
    const ends = closing.splice(0).reverse();
    const troubles: unknown[] = [];
    for (const end of ends) await end().catch((error) => troubles.push(error));
    if (troubles.length > 0) throw troubles[0];
  };
  try {
    const known = store.site(id) ?? newSite(wanted, now());
    const remembered: Site = reaching.reset ? { ...known, step: 'inspect', seen: {} } : known;
    const here = localHost({ name: 'local', kind: 'local', ask: reaching.asks });
    closing.push(() => here.close());
    const reached = practice
      ? await reachPractice(places.practice, around, reaching)
      : await reachBroker(wanted, here, around, reaching);
    closing.push(() => reached.close());
    const { broker } = reached;
    const answers = await complete(wanted, remembered.answers, broker, practice, now);
    const hosts = new Map<string, Promise<Host>>([['here', Promise.resolve(here)]]);
    const setup: Setup = {
      answers,
      broker,
      here,
      folders: { authority: places.authority, clients: places.clients },
      clientHost: (name) => {
        const host = hosts.get(name) ?? connect(name, answers, around, reaching);
        hosts.set(name, host);
        // One that could not be reached is tried again the next time.
        host.catch(() => hosts.delete(name));
        return host;
      },
      ask: reaching.asks,
      seen: { ...remembered.seen },
      now,
      get signal() {
        return reaching.signal();
      },
    };
    closing.push(async () => {
      for (const host of hosts.values()) await (await host.catch(() => null))?.close();
    });
    const feed = new Feed();
    closing.push(async () => feed.stop());
    await store.setCurrent(id);
    let saved = remembered;
    return {
      setup,
      feed,
      notes: [...takenOver(lock), ...store.notes()],
      step: remembered.step,
      broker: {
        name: broker.name,
        address: broker.address,
        version: broker.product,
        ports: answers.ports,
        caveats: broker.caveats,
      },
      aim: () => aimFeed(feed, setup),
      async saveAnswers(answers: Answers) {
        const path = places.answers(id);
        const { formatAnswers } = await import('../src/steps/answers-file.ts');
        await writeFile(path, formatAnswers(answers), { mode: 0o600 });
        return path;
      },
      async remember(answers: Answers, step, seen: Seen) {
        saved = { ...saved, answers, step, seen: { ...seen }, updated: now().toISOString() };
        await store.save(saved);
      },
      close,
    };
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
}

const onlyPractice = (broker: string): Trouble =>
  new Trouble('Only the practice broker can be begun anew.', {
    likely: `${clean(broker)} is a real broker: what others need may be on it.`,
    next: 'Practise with: lockstep --broker practice --reset. What Lockstep did to a real one: lockstep undo',
    exitCode: 2,
  });

function takenOver({ takenOverFrom: owner }: Lock): string[] {
  return owner ? [`An earlier session of ${clean(owner.user, 40)} ended without leaving.`] : [];
}

interface Reached {
  broker: Broker;
  close(): Promise<void>;
}

async function reachBroker(
  answers: Answers,
  here: Host,
  around: Surroundings,
  reaching: Reaching,
): Promise<Reached> {
  if (answers.broker === 'local') {
    reaching.doing('Looking for Mosquitto on this machine');
    return { broker: await locateBroker(here, '127.0.0.1'), close: async () => {} };
  }
  reaching.doing(`Connecting to ${answers.broker}`);
  const host = await connect(answers.broker, answers, around, reaching);
  try {
    reaching.doing(`Looking for Mosquitto on ${host.name}`);
    const target = parseTarget(answers.broker);
    const { hostname } = await resolver(around)(target.host, target);
    return { broker: await locateBroker(host, hostname), close: () => host.close() };
  } catch (error) {
    await host.close();
    throw error;
  }
}

async function reachPractice(
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
  // One that does not start must not keep anybody from looking at it, repairing it or undoing.
  await broker.service.start().catch(() => {});
  return {
    broker,
    async close() {
      await broker.service.stop();
      await broker.host.close();
    },
  };
}

/** Where HOME names another folder than the account's, that folder's `.ssh` counts, and no other. */
function resolver({ home, accountHome, user, environment }: Surroundings) {
  const own = join(home, '.ssh', 'config');
  const configFile = existsSync(own) ? own : 'none';
  const elsewhere = home === accountHome ? {} : { configFile };
  return sshConfig({ home, localUser: user, environment, ...elsewhere });
}

async function connect(
  target: string,
  { identity }: Answers,
  around: Surroundings,
  reaching: Reaching,
): Promise<Host> {
  const agentSocket = around.environment.SSH_AUTH_SOCK;
  const signal = reaching.signal();
  // Only now: the SSH library is the largest part of the program.
  const { connectSsh } = await import('../src/host/ssh.ts');
  return connectSsh(target, {
    configResolver: resolver(around),
    ask: reaching.asks,
    ...(around.home === around.accountHome
      ? {}
      : { knownHostsFiles: [join(around.home, '.ssh', 'known_hosts')] }),
    ...(identity ? { identityFiles: [identity] } : {}),
    ...(agentSocket ? { agentSocket } : {}),
    ...(reaching.acceptHostKey ? { acceptHostKey: reaching.acceptHostKey } : {}),
    ...(reaching.acceptNewHostKey ? { acceptNewHostKey: true } : {}),
    ...(signal ? { signal } : {}),
    notice: reaching.doing,
  });
}

/**
 * Fills in what only the broker's machine knows: its names, unless they were given or remembered, and
 * the ports of the practice broker. Fixed once, so that a new address does not undo certificates.
 */
async function complete(
  wanted: Answers,
  remembered: Answers,
  broker: Broker,
  practice: boolean,
  now: () => Date,
): Promise<Answers> {
  const given = wanted.names ?? remembered.names;
  if (practice)
    return { ...wanted, names: given ?? ['localhost', '127.0.0.1'], ports: broker.ports };
  if (given) return { ...wanted, names: given };
  const { names } = await survey(broker.host, broker.layout.folder, now);
  return { ...wanted, names: [...new Set([...names, broker.address])] };
}
