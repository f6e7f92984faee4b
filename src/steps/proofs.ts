import type { Duplex } from 'node:stream';
import type { Shadow } from '../mosquitto/shadow.ts';
import { type Observation, probe } from '../mqtt/probe.ts';
import { roundTrip } from '../mqtt/round-trip.ts';
import type { Target, TlsVersion } from '../mqtt/target.ts';
import { makeStranger } from '../pki/stranger.ts';
import { message, topic } from './anonymous.ts';
import { plainPort } from './plain-door.ts';
import type { Setup } from './setup.ts';
import type { Evidence } from './step.ts';
import { anonymousTarget, firstClient, mutualTarget } from './targets.ts';

/** One thing to prove from outside: what is shown at which door, and what must come of it. */
export interface Proof {
  id: string;
  title: string;
  expect: Evidence['expect'];
  try(): Promise<Pick<Observation, 'observed' | 'cause' | 'words'>>;
}

/** The two that decide whether a hardened broker may stay: certificate holders in, others out. */
export async function decisiveProofs(setup: Setup): Promise<Proof[]> {
  return (await proofs(setup)).filter(({ id }) => id === 'mutual-tls' || id === 'anonymous');
}

/**
 * The same against a shadow of the broker, as far as it can be told there: the plain door of a shadow
 * is not on any network, so it counts only where it is to refuse everybody.
 */
export async function shadowProofs(setup: Setup, shadow: Shadow): Promise<Proof[]> {
  const refuses = setup.answers.plainListener === 'refuse' && plainPort(setup) !== null;
  const all = await proofs(setup, (port) => shadow.connect(port));
  return all.filter(({ id }) => id !== 'anonymous' || refuses);
}

/**
 * Everything that must work and everything that must be refused, for the answers given. `through`
 * opens another way to a port than the network.
 */
export async function proofs(
  setup: Setup,
  through?: (port: number) => Promise<Duplex>,
): Promise<Proof[]> {
  const { answers, signal } = setup;
  const by = (target: Target): Target =>
    through ? { ...target, through: () => through(target.port) } : target;
  const plain = by(anonymousTarget(setup));
  const mutual = by(await mutualTarget(setup));
  const tls = mutual.tls ?? { strict: true };
  const { cert: _certificate, key: _key, ...nothingShown } = tls;
  const stranger = await makeStranger(firstClient(setup), setup.now());
  const below: TlsVersion = answers.minimumTls === '1.3' ? '1.2' : '1.1';
  const connect = (target: Target) => () => probe(target, signal);
  const open = plainIsExpectedOpen(setup);
  return [
    {
      id: 'mutual-tls',
      title: `${firstClient(setup)} sends ${message} to ${topic} over mutual TLS`,
      expect: 'accepted',
      try: () => roundTrip(mutual, { topic, payload: message }, signal),
    },
    ...answers.clients.slice(1, 20).map(({ name }) => ({
      id: `client:${name}`,
      title: `${name} connects with its certificate`,
      expect: 'accepted' as const,
      try: async () => probe(by(await mutualTarget(setup, name)), signal),
    })),
    {
      id: 'no-certificate',
      title: 'A client without a certificate',
      expect: 'refused',
      try: connect({ ...mutual, tls: nothingShown }),
    },
    {
      id: 'stranger',
      title: "A certificate of a stranger's authority",
      expect: 'refused',
      try: connect({ ...mutual, tls: { ...tls, cert: stranger.certificate, key: stranger.key } }),
    },
    {
      id: 'anonymous',
      title: open
        ? `Anonymous on port ${plain.port}, open as you chose`
        : `Anonymous on port ${plain.port}`,
      expect: open ? 'accepted' : 'refused',
      try: connect(plain),
    },
    {
      id: `tls-${below}`,
      title: `A client that knows TLS ${below} at most`,
      expect: 'refused',
      try: connect({
        ...mutual,
        tls: { ...tls, minVersion: below === '1.1' ? '1.0' : below, maxVersion: below },
      }),
    },
    {
      id: 'plain-on-tls-port',
      title: `Plain MQTT on port ${mutual.port}`,
      expect: 'refused',
      try: connect(by({ ...plain, port: mutual.port })),
    },
    ...(answers.names ?? []).map((name) => ({
      id: `name:${name}`,
      title: `A strict client that calls the broker ${name}`,
      expect: 'accepted' as const,
      try: connect({ ...mutual, tls: { ...tls, servername: name } }),
    })),
  ];
}

/**
 * Where the plain port stays open on purpose, anonymous clients are expected to get in: from
 * everywhere, or (`loopback`) only from the broker's own machine.
 */
function plainIsExpectedOpen(setup: Setup): boolean {
  const { plainListener } = setup.answers;
  return (
    plainListener === 'open' || (plainListener === 'loopback' && setup.broker.host.kind !== 'ssh')
  );
}

/** Tried at once: on a distant broker it is the way there that takes the time. */
const lanes = 12;

/** Tries all, a few at a time; a door that is closed counts as refused where refusal is wanted. */
export async function prove(list: readonly Proof[]): Promise<Evidence[]> {
  const evidence: Evidence[] = [];
  const queue = list.entries();
  const lane = async () => {
    for (const [index, proof] of queue) {
      const seen = await proof.try();
      const { id, title, expect } = proof;
      // Nothing listens there (any more): nobody gets in, which is what was asked. Only for the
      // plain door: a TLS door that is closed proves nothing about whom it would refuse.
      const closed =
        id === 'anonymous' && expect === 'refused' && seen.cause === 'connection-refused';
      evidence[index] = {
        id,
        title,
        expect,
        ...pick(seen),
        pass: seen.observed === expect || closed,
      };
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return evidence;
}

const pick = ({ observed, cause, words }: Pick<Observation, 'observed' | 'cause' | 'words'>) => ({
  observed,
  cause,
  words,
});
