import { isIP } from 'node:net';
import { isLost } from '../../errors/host-error.ts';
import { Trouble } from '../../errors/trouble.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import { lookAt } from '../../mosquitto/inspection/look.ts';
import type { Trial } from '../../mosquitto/trial/trial.ts';
import { turnedAway } from '../../mqtt/cause.ts';
import { type Observation, probe } from '../../mqtt/probe.ts';
import type { Target, TlsVersion } from '../../mqtt/target.ts';
import { readableName } from '../../pki/x509/san.ts';
import { makeStranger } from '../../pki/x509/stranger.ts';
import { clean } from '../../text/clean.ts';
import type { Evidence } from '../contract/evidence.ts';
import type { Setup } from '../contract/setup.ts';
import { plainPort } from '../plain-port/find.ts';
import { clientIdFor } from '../reach/client-id.ts';
import { anonymousTarget, firstClient, mutualTarget } from '../reach/targets.ts';
import { message, topicAt, tryTopic } from '../reach/topics.ts';
import {
  byFirst,
  here,
  isHere,
  type ListenerAddress,
  listenerAddress,
  listenerAt,
  seenFrom,
  spokenAt,
  type Viewpoint,
  waysTo,
} from '../reach/ways.ts';
import type { Listening, Proof, Seen } from './proof.ts';
import { plainly, roomAt, whereThereIsRoom } from './room.ts';

/** Takes an attempt to an address by whatever way leads there. */
type Knock = <T extends Observation>(
  target: Target,
  attempt: (target: Target) => Promise<T>,
) => Promise<T & Partial<Viewpoint>>;

/** The two that decide whether a hardened broker may stay: certificate holders in, others out. */
export async function decisiveProofs(setup: Setup, listening?: Listening): Promise<Proof[]> {
  const all = await proofs(setup, listening);
  return all.filter(({ id }) => id === 'mutual-tls' || id === 'anonymous');
}

/**
 * The same against a trial of the broker, as far as it can be told there: the plain listener of a trial
 * is not on any network, so it counts only where it is to refuse everybody.
 */
export async function trialProofs(
  setup: Setup,
  trial: Trial,
  listening: Listening,
): Promise<Proof[]> {
  const refuses = setup.answers.plainListener === 'refuse';
  const all = await allProofs(setup, listening, async ({ port }) => (target, attempt) => {
    // All its listeners speak MQTT: websockets on a unix socket there are not (2.0).
    const { websocket: _, ...spoken } = target;
    return attempt({ ...spoken, through: () => trial.connect(port) });
  });
  return all.filter(({ id }) => id !== 'anonymous' || refuses);
}

/**
 * Everything that must work and everything that must be refused, for the answers given, at the listeners as the
 * configuration has them: `listening` where it was looked at just now.
 */
export async function proofs(setup: Setup, listening?: Listening): Promise<Proof[]> {
  return allProofs(setup, listening ?? (await lookAt(setup.broker)), async (address) => {
    const ways = await waysTo(setup, address);
    return (target, attempt) => byFirst(ways, target, attempt);
  });
}

async function allProofs(
  setup: Setup,
  listening: Listening,
  knockAt: (address: ListenerAddress) => Promise<Knock>,
): Promise<Proof[]> {
  const { answers, signal } = setup;
  const { listeners } = listening.effective;
  const [mutual, plain] = [await mutualTarget(setup), anonymousTarget(setup)];
  const plainAt = plainAddress(setup, listening);
  const listener = listenerAt(listeners, listenerAddress(listeners, mutual.port));
  const plainListener = listenerAt(listeners, plainAt);
  const [atTls, atPlain, choice, stranger] = await Promise.all([
    knockAt(listenerAddress(listeners, mutual.port)),
    knockAt(plainAt),
    topicAt(setup, listener, listening, firstClient(setup)),
    makeStranger(firstClient(setup), setup.now()),
  ]);
  const tls = mutual.tls ?? { strict: true };
  const { cert: _certificate, key: _key, ...nothingShown } = tls;
  const below: TlsVersion = answers.minimumTls === '1.3' ? '1.2' : '1.1';
  const knock = (at: Knock, target: Target) => () =>
    at(target, (one) => probe({ ...one, clientId: clientIdFor(listening) }, signal));
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
    const address = one.id === 'anonymous' ? plainListener : listener;
    return { ...one, limit: roomAt(address, listening) };
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
function plainAddress(setup: Setup, { effective }: Listening): ListenerAddress {
  const { answers, broker } = setup;
  const at = listenerAddress(effective.listeners, plainPort(setup) ?? answers.ports.plain);
  if (answers.plainListener !== 'loopback' || broker.host.kind !== 'ssh') return at;
  const names = [broker.reached?.server ?? '', broker.address, ...broker.names];
  const address = names.find((one) => isIP(one) !== 0 && !isHere(one));
  return address === undefined ? at : { ...at, address };
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
export function lanesAt({ effective }: Pick<Listening, 'effective'>): number {
  const limits = effective.listeners.flatMap(({ settings }) => settings.maxConnections ?? []);
  return Math.max(1, Math.min(mostLanes, ...limits.map((limit) => Math.floor(limit / 3))));
}

/** Tries all, a few at a time; a port that is closed counts as refused where refusal is wanted. */
export async function prove(list: readonly Proof[], lanes = mostLanes): Promise<Evidence[]> {
  const evidence: Evidence[] = [];
  const queue = list.entries();
  const lane = async () => {
    for (const [index, proof] of queue) {
      const seen = await whereThereIsRoom(proof.limit, proof.try);
      const { id, title, expect } = proof;
      // Nothing listens there (any more): nobody gets in, which is what was asked. Only for the
      // plain port: a TLS port that is closed proves nothing about whom it would refuse.
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
