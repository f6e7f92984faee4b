import { rmSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localHost } from '../../src/host/local/local.ts';
import { probe } from '../../src/mqtt/probe.ts';
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

describe.skipIf(!mosquitto || !openssl)('doors that are not plain TCP', () => {
  const folder = temporaryFolder();
  const host = localHost({ name: 'local', kind: 'local' });
  const socket = join(folder, 'broker.sock');
  let broker: { stop(): Promise<void> };
  let open: Target;
  let closed: Target;
  let mutual: Target;

  beforeAll(async () => {
    const make = new Certificates(folder);
    const ca = make.authority('ca');
    const server = make.issue(ca, 'server', {
      extensions: [...forServers, 'subjectAltName = IP:127.0.0.1'],
    });
    const client = make.issue(ca, 'client', { extensions: forClients });
    const at = async (): Promise<Target> => ({
      host: '127.0.0.1',
      port: await freePort(),
      protocolVersion: 4,
      websocket: true,
    });
    [open, closed, mutual] = [await at(), await at(), await at()];
    mutual.tls = { ca: ca.cert, cert: client.cert, key: client.key, strict: true };
    broker = await startMosquitto(mosquitto as string, folder, [
      'per_listener_settings true',
      ...[`listener 0 ${socket}`, 'allow_anonymous true', 'max_qos 0'],
      ...[`listener ${open.port}`, 'protocol websockets', 'allow_anonymous true'],
      ...[`listener ${closed.port}`, 'protocol websockets', 'allow_anonymous false'],
      ...[`listener ${mutual.port}`, 'protocol websockets', `cafile ${ca.certFile}`],
      ...[`certfile ${server.certFile}`, `keyfile ${server.keyFile}`],
      ...['require_certificate true', 'use_identity_as_username true'],
    ]);
  });
  afterAll(async () => {
    await broker?.stop();
    await host.close();
    rmSync(folder, { recursive: true });
  });

  test.each([4, 5] as const)('websockets, MQTT %i: in, out, and with a certificate', async (v) => {
    const as = (target: Target): Target => ({ ...target, protocolVersion: v });
    // One for each way in which a frame tells its size. The older broker takes two seconds for the last.
    for (const size of [5, 126, 70_000]) {
      const payload = 'x'.repeat(size);
      const trip = await roundTrip(as(open), { payload, timeoutSeconds: 20 });
      expect(trip, `${size}`).toMatchObject({ observed: 'accepted', cause: null });
    }
    expect(await roundTrip(as(mutual))).toMatchObject({ observed: 'accepted' });
    expect(await probe(as(closed))).toMatchObject({ observed: 'refused', cause: 'not-authorised' });
    const { cert: _cert, key: _key, ...nothing } = mutual.tls ?? { strict: true };
    expect(await probe({ ...as(mutual), tls: nothing })).toMatchObject({ observed: 'refused' });
  });

  test('a port that takes no websockets says so or closes; one that takes nothing else is no plain one', async () => {
    const { websocket: _, ...plain } = open;
    expect(await probe(plain)).toMatchObject({ observed: 'refused' });
    const http = net.createServer((one) =>
      one.once('data', () => one.end('HTTP/1.1 404 Not Found\r\n\r\n')),
    );
    const port = await freePort();
    await new Promise<void>((done) => http.listen(port, '127.0.0.1', done));
    expect(await probe({ ...open, port })).toMatchObject({ cause: 'no-websocket' });
    await new Promise((done) => http.close(done));
  });

  // `max_qos 0`: a message of QoS 1 ends the connection there, in MQTT 3.1.1 without a word before.
  test.each([4, 5] as const)('a unix socket that takes QoS 0 only, MQTT %i', async (v) => {
    const there: Target = {
      host: 'socket',
      port: 0,
      protocolVersion: v,
      through: () => host.connectSocket(socket),
    };
    expect(await roundTrip(there)).toMatchObject({ observed: 'accepted' });
  });

  test('a certificate that nobody vouches for is taken only by who says so', async () => {
    const tls = { cert: mutual.tls?.cert, key: mutual.tls?.key, strict: false } as const;
    const target = { ...mutual, tls: { strict: false, cert: tls.cert ?? '', key: tls.key ?? '' } };
    expect(await probe(target)).toMatchObject({ cause: 'server-certificate-untrusted' });
    const unchecked = { ...target, tls: { ...target.tls, unchecked: true as const } };
    expect(await probe(unchecked)).toMatchObject({ observed: 'accepted' });
  });

  test('a way that there is not is no refusal; nor one that never opens', async () => {
    const by = (through: () => Promise<Duplex>) =>
      probe({ host: 'x', port: 1, protocolVersion: 4, timeoutSeconds: 0.3, through });
    expect(await by(() => host.connectSocket(join(folder, 'none')))).toMatchObject({
      observed: 'unreachable',
      cause: 'connection-refused',
    });
    expect(await by(() => host.connectPort('127.0.0.1', 1))).toMatchObject({
      observed: 'unreachable',
      cause: 'connection-refused',
    });
    expect(
      await by(() => Promise.reject(Object.assign(new Error(), { code: 'EPERM' }))),
    ).toMatchObject({ observed: 'unreachable', cause: 'not-forwarded' });
    let late: Duplex | undefined;
    const opening = Promise.withResolvers<Duplex>();
    expect(await by(() => opening.promise)).toMatchObject({ cause: 'timeout' });
    late = new Duplex({ read() {} });
    opening.resolve(late);
    await expect.poll(() => late?.destroyed).toBe(true);
  });
});
