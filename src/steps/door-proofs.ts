import { randomBytes } from 'node:crypto';
import { clean } from '../clean.ts';
import { isEverywhere } from '../mosquitto/access-table.ts';
import { opensToAll } from '../mosquitto/admits.ts';
import type { Listener } from '../mosquitto/effective.ts';
import type { Look } from '../mosquitto/look.ts';
import { askApi } from '../mqtt/ask-api.ts';
import { type Observation, probe } from '../mqtt/probe.ts';
import type { Target } from '../mqtt/target.ts';
import { clientIdFor } from './client-id.ts';
import type { OpenDoor } from './open.ts';
import type { Proof, Seen } from './proofs.ts';
import { plainly, roomAt } from './room.ts';
import type { Setup } from './setup.ts';
import { byFirst, type Door, listenerAt, spokenAt, type Viewpoint, waysTo } from './ways.ts';

/**
 * Knocks at every listener of the configuration, whoever it is for: with nothing, and with a made-up user
 * name and password. Expected is what the configuration says; one that is open to everybody says so in
 * its title. `look` tells how a client has to call itself. Ids: `listener:PORT[@ADDRESS]:anonymous`, `…:password`.
 */
export function doorProofs(
  setup: Setup,
  listeners: readonly Listener[],
  open: readonly OpenDoor[],
  look?: Pick<Look, 'configuration'>,
): Proof[] {
  const clientId = () => (look ? { clientId: clientIdFor(look) } : {});
  return listeners.flatMap((listener) =>
    doorsOf(listener).flatMap((door) => {
      const [anonymous, ...more] = at(setup, listener, door, clientId);
      const stays = open.filter(({ port, address }) => port === door.port && isAt(door, address));
      const limit = roomAt(listenerAt([listener], door), look);
      const all = anonymous ? [{ ...anonymous, open: stays }, ...more] : [];
      return all.map((one) => ({ ...one, limit }));
    }),
  );
}

const isAt = (door: Door, address: string): boolean =>
  door.address === null ? isEverywhere(address) : door.address === address;

/** The ids of the proofs of a listener's door. */
export function doorId({ port, address }: Door, what: 'anonymous' | 'password'): string {
  return `listener:${port}${address === null ? '' : `@${address}`}:${what}`;
}

/** A door for each address a listener is bound to; all addresses of a machine are one. */
export function doorsOf({ port, addresses, protocol, websockets }: Listener): Door[] {
  const single = addresses.filter((one) => !isEverywhere(one));
  const spoken = { protocol, ...(websockets ? { websockets } : {}) };
  const doors = single.map((address): Door => ({ port, address, ...spoken }));
  return single.length < addresses.length ? [{ port, address: null, protocol }, ...doors] : doors;
}

/** In a sentence: `port 1884 at 192.0.2.7`, `websockets on port 9001`, `the socket /run/broker.sock`. */
export function doorWords({ port, address, protocol }: Door): string {
  const at = address === null ? '' : ` at ${clean(address, 120)}`;
  if (protocol === 'unix') return `the socket${at.slice(3)}`;
  if (protocol === 'unknown') return `the HTTP API on port ${port}${at}`;
  return protocol === 'websockets' ? `websockets on port ${port}${at}` : `port ${port}${at}`;
}

function at(
  setup: Setup,
  listener: Listener,
  door: Door,
  clientId: () => { clientId?: string },
): Proof[] {
  const { signal } = setup;
  const open = listener.api === 'everybody' || opensToAll(listener);
  const ask = listener.api === undefined ? probe : askApi;
  const target = spokenAt(door, {
    host: setup.broker.address,
    port: door.port,
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
    door.port === 0 && door.protocol !== 'unix'
      ? untold
      : heard(
          listener,
          await byFirst(await waysTo(setup, door), { ...target, ...shown, ...clientId() }, (one) =>
            ask(one, signal),
          ),
        );
  const anonymous: Proof = {
    id: doorId(door, 'anonymous'),
    title: open
      ? `${start(doorWords(door))} is open to everybody`
      : `Anonymous at ${doorWords(door)}`,
    expect: open ? 'accepted' : 'refused',
    try: knock({}),
  };
  // Who lets everybody in, or looks at a certificate first, is not asked about names.
  if (open || listener.requiresClientCertificate) return [anonymous];
  return [
    anonymous,
    {
      id: doorId(door, 'password'),
      title: `A made-up user name and password at ${doorWords(door)}`,
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
