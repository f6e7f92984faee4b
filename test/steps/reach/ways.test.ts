import { type Duplex, PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { HostError } from '../../../src/errors/host-error.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import type { Observation } from '../../../src/mqtt/probe.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import {
  byFirst,
  byWay,
  type ListenerAddress,
  listenerAddress,
  ownMachine,
  waysTo,
} from '../../../src/steps/reach/ways.ts';
import { prove } from '../../../src/steps/run/proofs.ts';
import { read } from '../../support/brokers/reading.ts';

/** A broker behind an SSH server at `server`, reached from `client`, with what was connected to there. */
function site(reached: { client: string; server: string } | undefined, address: string) {
  const asked: string[] = [];
  const connectPort = async (to: string, port: number): Promise<Duplex> => {
    asked.push(`${to} ${port}`);
    throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  };
  const setup = {
    answers: { ...defaultAnswers(), clients: [{ name: 'pump', host: 'pi@pump' }] },
    broker: {
      address,
      ...(reached && { reached }),
      host: { kind: 'ssh', connectPort, run: async () => ({ stdout: '' }) },
    },
    clientHost: async () => ({ connectPort }),
  } as unknown as Setup;
  return { setup, asked };
}

const at = (address: string | null, port = 1883): ListenerAddress => ({
  port,
  address,
  protocol: 'mqtt',
});
const plain = { host: 'rock-4se', port: 1883, protocolVersion: 4 } as const;

/** Each way as `from host`. */
async function ways(setup: Setup, door: ListenerAddress): Promise<string[]> {
  const all = await waysTo(setup, door);
  return all.map((way) => `${way.from} ${way.lead(plain).host}${way.own ? '!' : ''}`);
}

// Public addresses lead to one machine wherever one is; 127.0.0.1 is an address of this one.
const public6 = '2001:db8::7';
const reached = { client: '203.0.113.9', server: public6 };

test('from here first, where that leads to the broker; then from its own machine, then from a client', async () => {
  const { setup } = site(reached, public6);
  expect(await ways(setup, at(null))).toEqual([
    `here ${public6}`,
    `${ownMachine} 127.0.0.1!`,
    `${ownMachine} ::1!`,
    `pi@pump ${public6}`,
  ]);
  // What is bound to IPv4 is not there at an address of IPv6.
  expect(await ways(setup, at('0.0.0.0'))).toEqual([
    `${ownMachine} 127.0.0.1!`,
    `pi@pump ${public6}`,
  ]);
  expect(await ways(setup, at(public6))).toContain(`${ownMachine} ${public6}!`);
  expect(await ways(setup, at('127.0.0.1'))).toEqual([`${ownMachine} 127.0.0.1!`]);
});

test('an address that others have, too, is not taken for the broker', async () => {
  const server = '10.255.255.7';
  for (const [from, address] of [
    [{ client: '203.0.113.9', server }, '127.0.0.1'], // a forwarded port
    [{ client: '127.0.0.1', server: '127.0.0.1' }, '127.0.0.1'], // one that ends on the machine itself
    [undefined, '127.0.0.1'], // not told
  ] as const) {
    const { setup } = site(from, address);
    // Port 1 of this machine: nothing listens, so nothing is seen there either.
    expect((await ways(setup, at(null, 1))).some((way) => way.startsWith('here'))).toBe(false);
  }
});

test('what was not reached by one way is tried by the next, and the last word is the one that tells most', async () => {
  const seen = (words: Partial<Observation>) => words as Observation;
  const { setup } = site(reached, public6);
  const all = await waysTo(setup, at(null));
  const tell = (answers: Partial<Observation>[]) => {
    const queue = [...answers];
    return byFirst(all, plain, async () => seen(queue.shift() ?? {}));
  };
  const unreachable = (cause: Observation['cause']) =>
    ({ observed: 'unreachable', cause }) as const;
  expect(await tell([unreachable('timeout'), { observed: 'refused' }])).toMatchObject({
    observed: 'refused',
    from: ownMachine,
    own: true,
  });
  const banned = Array.from({ length: 3 }, () => unreachable('not-forwarded'));
  expect(await tell([unreachable('connection-refused'), ...banned])).toMatchObject({
    cause: 'connection-refused',
    from: 'here',
  });
  expect(await tell([unreachable('cancelled'), { observed: 'accepted' }])).toMatchObject({
    cause: 'cancelled',
  });
  let tried: unknown;
  await byFirst([], plain, async ({ through }) => {
    tried = await through?.().catch(({ code }) => code);
    return seen(unreachable('no-route'));
  });
  expect(tried).toBe('EHOSTUNREACH');
});

test('a machine in between that broke off, or is silent, says nothing of the port', async () => {
  const { setup } = site(reached, public6);
  const [, own] = await waysTo(setup, at(null));
  if (!own) throw new Error('no way');
  const lost = new HostError('lost', 'The connection broke.');
  const host = setup.broker.host as unknown as Record<string, unknown>;
  const closed = { observed: 'refused', cause: 'closed-without-a-word' } as Observation;
  host.connectPort = async () => new PassThrough();
  // Both listeners are there: the one of the attempt itself, and ours.
  const breaksOff = byWay(own, plain, async ({ through }) => {
    (await through?.())?.on('error', () => {}).emit('error', lost);
    return closed;
  });
  await expect(breaksOff).rejects.toBe(lost);
  expect(await byWay(own, plain, async () => closed)).toBe(closed);
  host.run = () => Promise.reject(lost);
  for (const cause of ['timeout', 'no-answer', 'network'] as const) {
    const silent = { observed: 'unreachable', cause } as Observation;
    await expect(byWay(own, plain, async () => silent)).rejects.toBe(lost);
  }
  const refused = { observed: 'unreachable', cause: 'connection-refused' } as Observation;
  expect(await byWay(own, plain, async () => refused)).toBe(refused);
});

test('a certificate is to be for the same name, whichever way it is asked for', async () => {
  const { setup } = site(reached, public6);
  for (const way of await waysTo(setup, at(null)))
    expect(way.lead({ ...plain, tls: { strict: true } }).tls?.servername).toBe('rock-4se');
});

test.each([
  ['listener 1883\n', null],
  ['listener 1883\nsocket_domain ipv4\n', '0.0.0.0'],
  ['listener 1883 127.0.0.1\nlistener 1883 192.0.2.7\n', '192.0.2.7'],
  ['listener 1883 localhost\n', '127.0.0.1'],
  ['listener 1884\n', null],
])('the door of port 1883: %j', async (text, address) => {
  const { listeners } = effective(await read(text, '2.0.21'), '2.0.21');
  expect(listenerAddress(listeners, 1883)).toEqual({ port: 1883, address, protocol: 'mqtt' });
});

test('where a port speaks websockets only, so does its door', async () => {
  const text = 'listener 1883\nprotocol websockets\nlistener 1884\n';
  const { listeners } = effective(await read(text, '2.0.21'), '2.0.21');
  expect(listenerAddress(listeners, 1883)).toMatchObject({ port: 1883, protocol: 'websockets' });
});

test('a broker that is full, or wants another version, has refused nobody', async () => {
  const one = (
    expect: 'accepted' | 'refused',
    observed: Observation['observed'],
    cause: string | null,
  ) => ({
    id: 'x',
    title: 'x',
    expect,
    try: async () => ({ observed, cause: cause as Observation['cause'], words: 'x.' }),
  });
  const list = [
    one('refused', 'refused', 'not-authorised'),
    one('refused', 'refused', 'server-unavailable'),
    one('refused', 'refused', 'mqtt-version'),
    one('refused', 'refused', 'client-id-rejected'),
    one('refused', 'unreachable', 'connection-refused'),
    one('accepted', 'accepted', null),
  ];
  expect((await prove(list)).map(({ pass }) => pass)).toEqual([
    true,
    false,
    false,
    false,
    false,
    true,
  ]);
});
