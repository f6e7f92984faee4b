import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Feed, type FeedOptions } from '../../src/mqtt/feed.ts';
import type { Target } from '../../src/mqtt/target.ts';
import { Certificates, forClients, forServers } from '../support/brokers/certificates.ts';
import {
  freePort,
  program,
  startMosquitto,
  temporaryFolder,
  until,
} from '../support/brokers/scripted-broker.ts';

const mosquitto = program('mosquitto');
const openssl = program('openssl');

describe.skipIf(!mosquitto || !openssl)('the live feed', () => {
  const folder = temporaryFolder();
  const feeds: Feed[] = [];
  const publishers: MqttClient[] = [];
  let configuration: string[];
  let broker: { stop(): Promise<void> };
  let plain: Target;
  let mutual: Target;

  const startBroker = () => startMosquitto(mosquitto as string, folder, configuration);
  beforeAll(async () => {
    const make = new Certificates(folder);
    const ca = make.authority('ca');
    const names = 'subjectAltName = IP:127.0.0.1';
    const server = make.issue(ca, 'server', { extensions: [...forServers, names] });
    const client = make.issue(ca, 'client', { extensions: forClients });
    plain = { host: '127.0.0.1', port: await freePort(), protocolVersion: 4 };
    mutual = {
      ...plain,
      port: await freePort(),
      tls: { ca: ca.cert, cert: client.cert, key: client.key, strict: true },
    };
    configuration = [
      'allow_anonymous true',
      `listener ${plain.port} 127.0.0.1`,
      ...[`listener ${mutual.port} 127.0.0.1`, `cafile ${ca.certFile}`],
      ...[`certfile ${server.certFile}`, `keyfile ${server.keyFile}`],
      ...['require_certificate true', 'use_identity_as_username true'],
    ];
    broker = await startBroker();
  });
  afterEach(async () => {
    for (const feed of feeds.splice(0)) feed.stop();
    for (const publisher of publishers.splice(0)) await publisher.endAsync(true);
  });
  afterAll(async () => {
    await broker?.stop();
    rmSync(folder, { recursive: true });
  });

  async function feedAt(target: Target, options: FeedOptions = {}): Promise<Feed> {
    const feed = new Feed({ interval: 10, ...options });
    feeds.push(feed);
    feed.start(target);
    await connected(feed);
    return feed;
  }
  const connected = (feed: Feed) => until(() => feed.view().state.kind === 'connected');
  async function publisher(): Promise<MqttClient> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${plain.port}`);
    publishers.push(client);
    return client;
  }

  test('does not take in a message that somebody made huge, and stays', async () => {
    const feed = await feedAt(plain);
    const client = await publisher();
    const words: string[] = [];
    feed.subscribe(() => {
      const { state } = feed.view();
      if (state.kind === 'waiting') words.push(state.words);
    });
    await client.publishAsync('test/huge', Buffer.alloc(100 * 1024 * 1024), { qos: 0 });
    await until(() => words.length > 0);
    expect(words[0]).toContain('more than 8 MiB');
    await connected(feed);
    await client.publishAsync('test/test', 'after');
    await until(() => feed.view().recent.some(({ payload }) => payload === 'after'));
    expect(feed.view().messages).toBe(1);
  });

  test('shows what arrives under its topic, and that only', async () => {
    const feed = await feedAt(plain);
    const client = await publisher();
    await client.publishAsync('elsewhere', 'no');
    await client.publishAsync('test/test', 'Test1');
    await until(() => feed.view().messages === 1);
    const view = feed.view();
    expect(view.recent).toEqual([
      expect.objectContaining({ id: 1, topic: 'test/test', payload: 'Test1', bytes: 5 }),
    ]);
    expect(view).toMatchObject({ topic: 'test/#', bytes: 5, target: plain });
    await until(() => feed.view().rate > 0);
  });

  test('a retained message is marked', async () => {
    const client = await publisher();
    await client.publishAsync('kept/one', 'old', { retain: true, qos: 1 });
    const feed = await feedAt(plain, { topic: 'kept/#' });
    await until(() => feed.view().messages === 1);
    expect(feed.view().recent[0]).toMatchObject({ payload: 'old', retain: true });
  });

  test('comes back by itself after the broker was away, and says why it waits', async () => {
    const feed = await feedAt(plain);
    const states: string[] = [];
    feed.subscribe(() => states.push(feed.view().state.kind));
    await broker.stop();
    await until(() => {
      const { state } = feed.view();
      return state.kind === 'waiting' && state.cause === 'connection-refused';
    });
    const { state } = feed.view();
    if (state.kind === 'waiting') expect(state.nextTry).toBeLessThan(Date.now() + 2500);
    broker = await startBroker();
    await connected(feed);
    expect(states).toContain('waiting');
    await (await publisher()).publishAsync('test/test', 'again');
    await until(() => feed.view().messages === 1);
  });

  test('goes over to mutual TLS and keeps what it had', async () => {
    const feed = await feedAt(plain);
    const client = await publisher();
    await client.publishAsync('test/test', 'before');
    await until(() => feed.view().messages === 1);
    feed.retarget(mutual);
    await until(() => feed.view().state.kind === 'connecting');
    await connected(feed);
    await client.publishAsync('test/test', 'after');
    await until(() => feed.view().messages === 2);
    expect(feed.view().recent.map(({ payload }) => payload)).toEqual(['before', 'after']);
    expect(feed.view().recent.map((one) => one.plain)).toEqual([true, false]);
    feed.stop();
    expect(feed.view().state).toEqual({ kind: 'stopped' });
  });

  test('only the last of many changes of mind counts', async () => {
    const feed = await feedAt(plain);
    for (let change = 0; change < 5; change++) {
      feed.retarget(mutual);
      feed.retarget({ ...plain, port: 1 });
      feed.retarget(plain);
    }
    await connected(feed);
    await (await publisher()).publishAsync('test/test', 'once');
    await until(() => feed.view().messages > 0);
    expect(feed.view()).toMatchObject({ messages: 1, target: plain });
  });

  test('a door that refuses leaves it waiting with the cause', async () => {
    const feed = new Feed({ interval: 10 });
    feeds.push(feed);
    feed.start({ ...mutual, tls: { ca: mutual.tls?.ca, strict: true } });
    await until(() => {
      const { state } = feed.view();
      return state.kind === 'waiting' && state.cause === 'certificate-required';
    });
    feed.retarget({ ...mutual, tls: { cert: 'rubbish', key: 'rubbish', strict: true } });
    await until(() => {
      const { state } = feed.view();
      return state.kind === 'waiting' && state.words.includes('cannot be used');
    });
  });

  test('two with one client id are noticed', async () => {
    const twin = { ...plain, clientId: 'twin' };
    const one = await feedAt(twin);
    const two = new Feed({ interval: 10 });
    feeds.push(two);
    two.start(twin);
    await until(() =>
      [one, two].some((feed) => {
        const { state } = feed.view();
        return state.kind === 'waiting' && state.words.includes('same client id');
      }),
    );
  });

  test('a megabyte and hostile bytes are shown bounded and tame', async () => {
    const feed = await feedAt(plain);
    const client = await publisher();
    await client.publishAsync('test/\u202e', '\x1b]52;c;cm0=\x07\x1b[2J', { qos: 1 });
    await client.publishAsync('test/nul', 'a\0b', { qos: 1 });
    await client.publishAsync('test/large', Buffer.alloc(1_000_000, 'x'), { qos: 1 });
    await until(() => feed.view().messages === 3);
    const { recent } = feed.view();
    for (const { topic, payload } of recent) {
      expect(payload.length).toBeLessThan(500);
      expect(topic + payload).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    expect(recent[2]).toMatchObject({ bytes: 1_000_000, cut: true });
  });

  test('a flood is counted, the newest kept, and listeners are called at the interval', async () => {
    const feed = await feedAt(plain, { interval: 100 });
    let calls = 0;
    const begun = Date.now();
    feed.subscribe(() => {
      calls++;
      feed.view();
    });
    const client = await publisher();
    const count = 5000;
    for (let each = 1; each < count; each++) client.publish('test/flood', `message ${each}`);
    await client.publishAsync('test/flood', 'last', { qos: 1 });
    await until(() => feed.view().recent.at(-1)?.payload === 'last', 20);
    expect(calls).toBeLessThanOrEqual((Date.now() - begun) / 100 + 2);
    const { recent, messages } = feed.view();
    expect(recent.length).toBe(500);
    expect(messages).toBeGreaterThan(500);
    expect(recent.at(-1)?.id).toBe(messages);
  }, 30_000);
});

test('a broker that does not answer the subscription is left, and asked again', async () => {
  const packets: number[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      packets.push((bytes[0] ?? 0) >> 4);
      // CONNACK, and nothing more.
      if ((bytes[0] ?? 0) >> 4 === 1) socket.write(Buffer.from([0x20, 2, 0, 0]));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const feed = new Feed({ interval: 10 });
  feed.start({ host: '127.0.0.1', port, protocolVersion: 4, timeoutSeconds: 0.3 });
  const state = () => feed.view().state;
  await until(() => state().kind === 'waiting');
  expect(state()).toMatchObject({ cause: 'no-answer' });
  // CONNECT, SUBSCRIBE, DISCONNECT, and once more.
  await until(() => packets.filter((kind) => kind === 8).length === 2);
  feed.stop();
  server.close();
});
