import { randomBytes } from 'node:crypto';
import { isEverywhere } from '../../mosquitto/effective/access-table.ts';
import { opensToAll } from '../../mosquitto/effective/admits.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import type { Look } from '../../mosquitto/inspection/look.ts';
import { askApi } from '../../mqtt/ask-api.ts';
import { type Observation, probe } from '../../mqtt/probe.ts';
import type { Target } from '../../mqtt/target.ts';
import { clean } from '../../text/clean.ts';
import type { OpenSocket } from '../contract/evidence.ts';
import type { Setup } from '../contract/setup.ts';
import { clientIdFor } from '../reach/client-id.ts';
import {
  byFirst,
  type ListenerAddress,
  listenerAt,
  spokenAt,
  type Viewpoint,
  waysTo,
} from '../reach/ways.ts';
import type { Proof, Seen } from './proof.ts';
import { plainly, roomAt } from './room.ts';

/**
 * Knocks at every listener of the configuration, whoever it is for: with nothing, and with a made-up user
 * name and password. Expected is what the configuration says; one that is open to everybody says so in
 * its title. `look` tells how a client has to call itself. Ids: `listener:PORT[@ADDRESS]:anonymous`, `…:password`.
 */
export function listenerProofs(
  setup: Setup,
  listeners: readonly Listener[],
  open: readonly OpenSocket[],
  look?: Pick<Look, 'configuration'>,
): Proof[] {
  const clientId = () => (look ? { clientId: clientIdFor(look) } : {});
  return listeners.flatMap((listener) =>
    addressesOf(listener).flatMap((at) => {
      const [anonymous, ...more] = proofsAt(setup, listener, at, clientId);
      const stays = open.filter(({ port, address }) => port === at.port && isAt(at, address));
      const limit = roomAt(listenerAt([listener], at), look);
      const all = anonymous ? [{ ...anonymous, open: stays }, ...more] : [];
      return all.map((one) => ({ ...one, limit }));
    }),
  );
}

const isAt = (at: ListenerAddress, address: string): boolean =>
  at.address === null ? isEverywhere(address) : at.address === address;

/** The ids of the proofs of a listener at one of its addresses. */
export function proofId(
  { port, address }: ListenerAddress,
  what: 'anonymous' | 'password',
): string {
  return `listener:${port}${address === null ? '' : `@${address}`}:${what}`;
}

/** Each address a listener is bound to; all addresses of a machine are one. */
export function addressesOf({
  port,
  addresses,
  protocol,
  websockets,
}: Listener): ListenerAddress[] {
  const single = addresses.filter((one) => !isEverywhere(one));
  const spoken = { protocol, ...(websockets ? { websockets } : {}) };
  const places = single.map((address): ListenerAddress => ({ port, address, ...spoken }));
  return single.length < addresses.length ? [{ port, address: null, protocol }, ...places] : places;
}

/** In a sentence: `port 1884 at 192.0.2.7`, `websockets on port 9001`, `the socket /run/broker.sock`. */
export function addressWords({ port, address, protocol }: ListenerAddress): string {
  const at = address === null ? '' : ` at ${clean(address, 120)}`;
  if (protocol === 'unix') return `the socket${at.slice(3)}`;
  if (protocol === 'unknown') return `the HTTP API on port ${port}${at}`;
  return protocol === 'websockets' ? `websockets on port ${port}${at}` : `port ${port}${at}`;
}

function proofsAt(
  setup: Setup,
  listener: Listener,
  at: ListenerAddress,
  clientId: () => { clientId?: string },
): Proof[] {
  const { signal } = setup;
  const open = listener.api === 'everybody' || opensToAll(listener);
  const ask = listener.api === undefined ? probe : askApi;
  const target = spokenAt(at, {
    host: setup.broker.address,
    port: at.port,
    protocolVersion: 4,
    // Nothing that is worth anything is shown, so it does not matter to whom.
    ...(listener.tls ? { tls: { strict: false, unchecked: true } } : {}),
  });
  // 2.0's libwebsockets has no unix sockets: it opens a port that the system chooses.
  const untold: Seen = {
    observed: 'unreachable',
    cause: null,
    words: 'Its port was chosen by the system: it was not knocked at.',
  };
  const knock = (shown: Partial<Target>) => async () =>
    at.port === 0 && at.protocol !== 'unix'
      ? untold
      : heard(
          listener,
          await byFirst(await waysTo(setup, at), { ...target, ...shown, ...clientId() }, (one) =>
            ask(one, signal),
          ),
        );
  const anonymous: Proof = {
    id: proofId(at, 'anonymous'),
    title: open
      ? `${start(addressWords(at))} is open to everybody`
      : `Anonymous at ${addressWords(at)}`,
    expect: open ? 'accepted' : 'refused',
    try: knock({}),
  };
  // Who lets everybody in, or looks at a certificate first, is not asked about names.
  if (open || listener.requiresClientCertificate) return [anonymous];
  return [
    anonymous,
    {
      id: proofId(at, 'password'),
      title: `A made-up user name and password at ${addressWords(at)}`,
      expect: 'refused',
      try: knock({ username: madeUp(), password: madeUp() }),
    },
  ];
}

const madeUp = (): string => randomBytes(9).toString('base64url');

const start = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function heard(listener: Listener, seen: Observation & Viewpoint): Seen {
  if (seen.cause === 'connection-refused' && seen.own)
    return { ...seen, observed: 'refused', words: 'Nothing listens there now.' };
  if (seen.observed === 'unreachable')
    return { ...seen, words: `${seen.words} Whom it lets in was not seen.` };
  return listener.tls ? seen : plainly(seen);
}
