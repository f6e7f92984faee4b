import { isIP } from 'node:net';
import { clean } from '../clean.ts';
import { isLost } from '../host/host.ts';
import type { Listener } from '../mosquitto/effective.ts';
import { type Look, lookAt } from '../mosquitto/look.ts';
import type { Shadow } from '../mosquitto/shadow.ts';
import { type Cause, turnedAway } from '../mqtt/cause.ts';
import { type Observation, probe } from '../mqtt/probe.ts';
import type { Target, TlsVersion } from '../mqtt/target.ts';
import { readableName } from '../pki/san.ts';
import { makeStranger } from '../pki/stranger.ts';
import { Trouble } from '../trouble.ts';
import { clientIdFor } from './client-id.ts';
import type { OpenDoor } from './open.ts';
import { plainPort } from './plain-door.ts';
import { plainly, type Room, roomAt, whereThereIsRoom } from './room.ts';
import type { Setup } from './setup.ts';
import type { Evidence } from './step.ts';
import { anonymousTarget, firstClient, mutualTarget } from './targets.ts';
import { message, topicAt, tryTopic } from './topics.ts';
import {
  byFirst,
  type Door,
  doorOf,
  here,
  isHere,
  listenerAt,
  seenFrom,
  spokenAt,
  type Viewpoint,
  waysTo,
} from './ways.ts';

/** One thing to prove from outside: what is shown at which door, and what must come of it. */
export interface Proof {
  id: string;
  title: string;
  expect: Evidence['expect'];
  /** What is a refusal of this client, though it says nothing of others (`aboutNobody`). */
  counts?: readonly Cause[];
  /** Who else gets in there, by choice. */
  open?: OpenDoor[];
  /** How much room there is for it. */
  limit?: Room;
  try(): Promise<Seen>;
}

/** What came of it, and from where it was seen; that is left out at a shadow. */
export type Seen = Pick<Observation, 'observed' | 'cause' | 'words'> & Partial<Viewpoint>;

/** What a look at the broker tells of its doors. */
export type Doors = Pick<Look, 'configuration' | 'effective'>;

/** Takes an attempt to a door by whatever way leads there. */
type Knock = <T extends Observation>(
  target: Target,
  attempt: (target: Target) => Promise<T>,
) => Promise<T & Partial<Viewpoint>>;

/** The two that decide whether a hardened broker may stay: certificate holders in, others out. */
export async function decisiveProofs(setup: Setup, doors?: Doors): Promise<Proof[]> {
  const all = await proofs(setup, doors);
  return all.filter(({ id }) => id === 'mutual-tls' || id === 'anonymous');
}

/**
 * The same against a shadow of the broker, as far as it can be told there: the plain door of a shadow
 * is not on any network, so it counts only where it is to refuse everybody.
 */
export async function shadowProofs(setup: Setup, shadow: Shadow, doors: Doors): Promise<Proof[]> {
  const refuses = setup.answers.plainListener === 'refuse';
  const all = await allProofs(setup, doors, async ({ port }) => (target, attempt) => {
    // All its doors speak MQTT: websockets on a unix socket there are not (2.0).
    const { websocket: _, ...spoken } = target;
    return attempt({ ...spoken, through: () => shadow.connect(port) });
  });
  return all.filter(({ id }) => id !== 'anonymous' || refuses);
}

/**
 * Everything that must work and everything that must be refused, for the answers given, at the doors as the
 * configuration has them: `doors` where it was looked at just now.
 */
export async function proofs(setup: Setup, doors?: Doors): Promise<Proof[]> {
  return allProofs(setup, doors ?? (await lookAt(setup.broker)), async (door) => {
    const ways = await waysTo(setup, door);
    return (target, attempt) => byFirst(ways, target, attempt);
  });
}

async function allProofs(
  setup: Setup,
  doors: Doors,
  knockAt: (door: Door) => Promise<Knock>,
): Promise<Proof[]> {
  const { answers, signal } = setup;
  const { listeners } = doors.effective;
  const [mutual, plain] = [await mutualTarget(setup), anonymousTarget(setup)];
  const plainAt = plainDoor(setup, doors);
  const listener = listenerAt(listeners, doorOf(listeners, mutual.port));
  const plainListener = listenerAt(listeners, plainAt);
  const [atTls, atPlain, choice, stranger] = await Promise.all([
    knockAt(doorOf(listeners, mutual.port)),
    knockAt(plainAt),
    topicAt(setup, listener, doors, firstClient(setup)),
    makeStranger(firstClient(setup), setup.now()),
  ]);
  const tls = mutual.tls ?? { strict: true };
  const { cert: _certificate, key: _key, ...nothingShown } = tls;
  const below: TlsVersion = answers.minimumTls === '1.3' ? '1.2' : '1.1';
  const knock = (at: Knock, target: Target) => () =>
    at(target, (one) => probe({ ...one, clientId: clientIdFor(doors) }, signal));
  const open = plainIsExpectedOpen(setup, plainListener);
  const anonymous: Proof = {
    id: 'anonymous',
    title: open
      ? `Anonymous on port ${plain.port}, open as you chose`
      : `Anonymous on port ${plain.port}`,
    expect: open ? 'accepted' : 'refused',
    try: async () => plainly(await knock(atPlain, spokenAt(plainAt, plain))()),
  };
  const atMost = (one: Proof): Proof => {
    const door = one.id === 'anonymous' ? plainListener : listener;
    return { ...one, limit: roomAt(door, doors) };
  };
  const all: Proof[] = [
    {
      id: 'mutual-tls',
      title:
        choice.topic === null
          ? `${firstClient(setup)} connects with its certificate`
          : `${firstClient(setup)} sends ${message} to ${clean(choice.topic, 80)} over mutual TLS`,
      expect: 'accepted',
      try: async () => networkUntold(await atTls(mutual, (one) => tryTopic(one, choice, signal))),
    },
    ...answers.clients.slice(1, 20).map(({ name }) => ({
      id: `client:${name}`,
      title: `${name} connects with its certificate`,
      expect: 'accepted' as const,
      try: () => unlessUnusable(async () => knock(atTls, await mutualTarget(setup, name))()),
    })),
    {
      id: 'no-certificate',
      title: 'A client without a certificate',
      expect: 'refused',
      try: knock(atTls, { ...mutual, tls: nothingShown }),
    },
    {
      id: 'stranger',
      title: "A certificate of a stranger's authority",
      expect: 'refused',
      try: knock(atTls, {
        ...mutual,
        tls: { ...tls, cert: stranger.certificate, key: stranger.key },
      }),
    },
    // Where nothing listens without TLS, there is nothing to knock at.
    ...(plainPort(setup) === null ? [] : [anonymous]),
    {
      id: `tls-${below}`,
      title: `A client that knows TLS ${below} at most`,
      expect: 'refused',
      counts: ['protocol-version', 'no-tls'],
      try: knock(atTls, {
        ...mutual,
        tls: { ...tls, minVersion: below === '1.1' ? '1.0' : below, maxVersion: below },
      }),
    },
    {
      id: 'plain-on-tls-port',
      title: `Plain MQTT on port ${mutual.port}`,
      expect: 'refused',
      counts: ['not-mqtt'],
      try: knock(atTls, { ...plain, port: mutual.port }),
    },
    ...(answers.names ?? []).map((name) => ({
      id: `name:${name}`,
      title: `A strict client that calls the broker ${readableName(name)}`,
      expect: 'accepted' as const,
      try: knock(atTls, { ...mutual, tls: { ...tls, servername: name } }),
    })),
  ];
  // At the port with TLS plain MQTT is always hung up on.
  return all.map((one) => (one.id === 'plain-on-tls-port' ? one : atMost(one)));
}

/**
 * Where the plain port stays open on purpose, anonymous clients are expected to get in as they did before:
 * from everywhere, or (`loopback`) only from the broker's own machine. `there` is the listener that is knocked at.
 */
function plainIsExpectedOpen({ answers, broker }: Setup, there: Listener | undefined): boolean {
  const stays =
    answers.plainListener === 'open' ||
    (answers.plainListener === 'loopback' && broker.host.kind !== 'ssh');
  return stays && there?.anonymous === 'accepted';
}

/** Where the plain port serves its own machine only, it is an address of its network that must refuse. */
function plainDoor(setup: Setup, { effective }: Doors): Door {
  const { answers, broker } = setup;
  const door = doorOf(effective.listeners, plainPort(setup) ?? answers.ports.plain);
  if (answers.plainListener !== 'loopback' || broker.host.kind !== 'ssh') return door;
  const addresses = [broker.reached?.server ?? '', broker.address, ...broker.names];
  const address = addresses.find((one) => isIP(one) !== 0 && !isHere(one));
  return address === undefined ? door : { ...door, address };
}

/** A client whose files cannot be used is told as such; the others are tried all the same. */
async function unlessUnusable(attempt: () => Promise<Seen>): Promise<Seen> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Trouble) || isLost(error)) throw error;
    return { observed: 'unreachable', cause: null, words: error.message };
  }
}

/** From the broker's own machine it is not seen whether others come as far as to it. */
function networkUntold<T extends Seen>(seen: T): T {
  const untold = seen.observed === 'accepted' && seen.own === true && seen.from !== here;
  if (!untold) return seen;
  return {
    ...seen,
    words: `${seen.words} Whether its network lets clients through was not tried.`,
  };
}

/** Tried at once: on a distant broker it is the way there that takes the time. */
const mostLanes = 12;

/** So many at once leave room for others where a listener takes only so many (`max_connections`). */
export function lanesAt({ effective }: Pick<Doors, 'effective'>): number {
  const limits = effective.listeners.flatMap(({ settings }) => settings.maxConnections ?? []);
  return Math.max(1, Math.min(mostLanes, ...limits.map((limit) => Math.floor(limit / 3))));
}

/** Tries all, a few at a time; a door that is closed counts as refused where refusal is wanted. */
export async function prove(list: readonly Proof[], lanes = mostLanes): Promise<Evidence[]> {
  const evidence: Evidence[] = [];
  const queue = list.entries();
  const lane = async () => {
    for (const [index, proof] of queue) {
      const seen = await whereThereIsRoom(proof.limit, proof.try);
      const { id, title, expect } = proof;
      // Nothing listens there (any more): nobody gets in, which is what was asked. Only for the
      // plain door: a TLS door that is closed proves nothing about whom it would refuse.
      const closed =
        id === 'anonymous' && expect === 'refused' && seen.cause === 'connection-refused';
      const shut = turnedAway(seen, proof.counts);
      const { observed, cause, from } = seen;
      const untold = expect === 'refused' && observed === 'refused' && !shut;
      const away = from === undefined || from === here ? '' : ` ${seenFrom({ from })}`;
      evidence[index] = {
        id,
        title,
        expect,
        observed,
        cause,
        words: `${seen.words}${untold ? ' Whom it lets in was not seen.' : ''}${away}`,
        ...(from === undefined ? {} : { from }),
        ...(proof.open ? { open: proof.open } : {}),
        pass: (expect === 'refused' ? shut : observed === 'accepted') || closed,
      };
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return evidence;
}
