import { writeFile } from 'node:fs/promises';
import { Trouble } from '../../src/errors/trouble.ts';
import type { Host } from '../../src/host/api/host.ts';
import { localHost } from '../../src/host/local/local.ts';
import type { Broker } from '../../src/mosquitto/service/broker.ts';
import { Feed } from '../../src/mqtt/feed.ts';
import type { Answers } from '../../src/steps/answers/answers.ts';
import { claimedNames, reachedNames } from '../../src/steps/certificates/claimed.ts';
import type { Seen, Setup } from '../../src/steps/contract/setup.ts';
import { namesShown } from '../../src/steps/run/shown.ts';
import { clean } from '../../src/text/clean.ts';
import { type Lock, lockSite } from '../lock/lock.ts';
import { aimFeed } from '../session/aim.ts';
import { unlessGivenUp } from '../session/give-up.ts';
import type { Opened } from '../session/session-parts.ts';
import { newSite, type Site, siteId } from '../site/site.ts';
import { claim } from './claim.ts';
import { requireFoundAgain } from './found-again.ts';
import { connect, type Reaching, reachBroker, reachPractice, type Surroundings } from './reach.ts';

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
    const known = store.site(id);
    requireFoundAgain(wanted, known, around);
    const last = known ?? newSite(wanted, now());
    const remembered: Site = reaching.reset ? { ...last, step: 'inspect', seen: {} } : last;
    const here = localHost({
      name: 'local',
      kind: 'local',
      ask: reaching.asks,
      trace: around.trace,
    });
    closing.push(() => here.close());
    const reached = practice
      ? await reachPractice(places.practice, around, reaching)
      : await unlessGivenUp(
          reachBroker(wanted, here, around, reaching),
          reaching.signal(),
          (late) => late.close(),
        );
    closing.push(() => reached.close());
    const { broker } = reached;
    const given = wanted.names ?? remembered.answers.names;
    const claimed =
      practice || !reaching.purpose || reaching.purpose === 'look'
        ? null
        : await unlessGivenUp(claim(broker, id, around, reaching), reaching.signal(), (late) =>
            late.operator.release(),
          );
    if (claimed) closing.push(() => claimed.operator.release());
    const answers = complete(wanted, given, broker);
    const hosts = new Map<string, Promise<Host>>([['here', Promise.resolve(here)]]);
    const setup: Setup = {
      answers,
      broker,
      given: given ?? [],
      here,
      folders: { authority: places.authority, clients: places.clients },
      clientHost: (name) => {
        const host = hosts.get(name) ?? connect(name, answers, around, reaching);
        hosts.set(name, host);
        // One that could not be reached is tried again the next time.
        host.catch(() => hosts.delete(name));
        return host;
      },
      operator: claimed?.operator ?? null,
      ...(claimed?.putBack || reached.putBack ? { putBackFirst: true as const } : {}),
      self: `${around.user} from ${around.machine}`,
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
    if (!practice && (!given || answers.namesFromHost)) {
      const shown = await namesShown(setup, answers.ports.tls);
      setup.broker = { ...broker, names: [...new Set([...broker.names, ...shown])] };
      const known = given ?? reachedNames(setup);
      const taken = answers.namesFromHost ? claimedNames(setup) : [];
      // The first one is that of its files: never one that is only claimed, for it may be another broker's.
      if (known.length > 0) answers.names = [...new Set([...known, ...taken])];
    }
    const feed = new Feed();
    closing.push(async () => feed.stop());
    await store.setCurrent(id);
    let saved = remembered;
    return {
      setup,
      feed,
      notes: [
        ...takenOver(lock),
        ...(reached.putBack ? ['A change that was not proved has been put back.'] : []),
        ...(claimed?.notes ?? []),
        ...store.notes(),
      ],
      step: claimed?.waits ? 'harden' : remembered.step,
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
        const { formatAnswers } = await import('../../src/steps/answers/answers-file.ts');
        await writeFile(path, formatAnswers(fixed(answers)), { mode: 0o600 });
        return path;
      },
      async remember(answers: Answers, step, seen: Seen) {
        saved = {
          ...saved,
          answers: fixed(answers),
          step,
          seen: { ...seen },
          updated: now().toISOString(),
        };
        await store.save(saved);
      },
      async rememberSeen(seen: Seen) {
        saved = { ...saved, seen: { ...seen }, updated: now().toISOString() };
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

/** What the machine says of itself was taken by then; what it says later, nobody has agreed to. */
const fixed = (answers: Answers): Answers => ({ ...answers, namesFromHost: false });

/**
 * Fills in what only the broker knows: its names, unless they were given or remembered, and the ports of the
 * practice broker. Fixed once, so that a new address does not undo certificates.
 */
function complete(wanted: Answers, given: string[] | undefined, broker: Broker): Answers {
  const names = given ?? reachedNames({ broker });
  const answers = { ...wanted, ...(names.length > 0 ? { names } : {}) };
  return wanted.broker === 'practice' ? { ...answers, ports: broker.ports } : answers;
}
