import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Trouble } from '../../src/errors/trouble.ts';
import { roundTrip } from '../../src/mqtt/round-trip.ts';
import type { Target } from '../../src/mqtt/target.ts';
import { Certificates, forClients, forServers } from '../support/brokers/certificates.ts';
import {
  freePort,
  program,
  startMosquitto,
  temporaryFolder,
} from '../support/brokers/scripted-broker.ts';

const mosquitto = program('mosquitto');
const openssl = program('openssl');

describe.skipIf(!mosquitto || !openssl)('a message and back', () => {
  const folder = temporaryFolder();
  let broker: { stop(): Promise<void> };
  let open: Target;
  let closed: Target;
  let listed: Target;
  let mutual: Target;
  let mounted: Target;

  beforeAll(async () => {
    const make = new Certificates(folder);
    const ca = make.authority('ca');
    const server = make.issue(ca, 'server', {
      extensions: [...forServers, 'subjectAltName = IP:127.0.0.1'],
    });
    const client = make.issue(ca, 'client', { extensions: forClients });
    const acl = join(folder, 'acl');
    writeFileSync(acl, 'topic read test/#\n', { mode: 0o600 });
    const at = async () => ({
      host: '127.0.0.1',
      port: await freePort(),
      protocolVersion: 4 as const,
    });
    [open, closed, listed, mutual] = [await at(), await at(), await at(), await at()];
    mounted = await at();
    mutual.tls = { ca: ca.cert, cert: client.cert, key: client.key, strict: true };
    broker = await startMosquitto(mosquitto as string, folder, [
      'per_listener_settings true',
      ...[`listener ${open.port} 127.0.0.1`, 'allow_anonymous true'],
      ...[`listener ${closed.port} 127.0.0.1`, 'allow_anonymous false'],
      ...[`listener ${mounted.port} 127.0.0.1`, 'allow_anonymous true', 'mount_point site-a/'],
      ...[`listener ${listed.port} 127.0.0.1`, 'allow_anonymous true', `acl_file ${acl}`],
      ...[`listener ${mutual.port} 127.0.0.1`, `cafile ${ca.certFile}`],
      ...[`certfile ${server.certFile}`, `keyfile ${server.keyFile}`],
      ...['require_certificate true', 'use_identity_as_username true', 'tls_version tlsv1.3'],
    ]);
  });
  afterAll(async () => {
    await broker?.stop();
    rmSync(folder, { recursive: true });
  });

  test.each([4, 5] as const)('arrives, plain and mutual, MQTT %i', async (protocolVersion) => {
    for (const target of [open, mutual]) {
      const trip = await roundTrip({ ...target, protocolVersion });
      expect(trip).toMatchObject({ observed: 'accepted', cause: null, topic: 'test/test' });
      expect(trip.milliseconds).toBeGreaterThan(0);
      if (target.tls) expect(trip.tls?.version).toBe('TLSv1.3');
    }
  });

  test('by a listener with a mount point, which this version leaves before the topic', async () => {
    expect(await roundTrip(mounted)).toMatchObject({ observed: 'accepted', topic: 'test/test' });
  });

  test('is the one asked for, and one kept from before does not count', async () => {
    const asked = { topic: 'test/kept', payload: 'Test1', timeoutSeconds: 0.5 };
    const other = await mqtt.connectAsync(`mqtt://127.0.0.1:${open.port}`);
    await other.publishAsync('test/kept', 'Test1', { retain: true, qos: 1 });
    await other.endAsync();
    expect(await roundTrip(open, asked)).toMatchObject({ observed: 'accepted', payload: 'Test1' });
    // This door keeps what is published to itself, but shows what is kept.
    expect(await roundTrip(listed, asked)).toMatchObject({ cause: 'message-lost' });
  });

  test('is refused where the connection is', async () => {
    expect(await roundTrip(closed)).toMatchObject({
      observed: 'refused',
      cause: 'not-authorised',
      connack: 5,
      milliseconds: null,
    });
    const stranger: Target = { ...mutual, tls: { ...mutual.tls, cert: undefined, strict: true } };
    stranger.tls = { ca: mutual.tls?.ca, strict: true };
    expect(await roundTrip(stranger)).toMatchObject({ cause: 'certificate-required' });
  });

  test('is lost to an access list: silently for MQTT 3.1.1, said aloud for MQTT 5', async () => {
    const limit = { timeoutSeconds: 0.5 };
    expect(await roundTrip(listed, limit)).toMatchObject({
      observed: 'refused',
      cause: 'message-lost',
      connack: 0,
    });
    expect(await roundTrip({ ...listed, protocolVersion: 5 }, limit)).toMatchObject({
      observed: 'refused',
      cause: 'not-authorised',
    });
  });

  test('cannot go to a wildcard', async () => {
    for (const topic of ['test/#', 'a/+/b', '', 'nul\0'])
      await expect(roundTrip(open, { topic })).rejects.toThrow(Trouble);
  });

  test('can be cancelled while it waits', async () => {
    const cancel = new AbortController();
    const trip = roundTrip(listed, { timeoutSeconds: 30 }, cancel.signal);
    setTimeout(() => cancel.abort(), 200);
    expect(await trip).toMatchObject({ observed: 'unreachable', cause: 'cancelled' });
  });
});
