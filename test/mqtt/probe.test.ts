import { createPrivateKey } from 'node:crypto';
import { rmSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { Trouble } from '../../src/errors/trouble.ts';
import type { Cause, Observed } from '../../src/mqtt/cause.ts';
import { probe } from '../../src/mqtt/probe.ts';
import type { Target, TargetTls, TlsVersion } from '../../src/mqtt/target.ts';
import {
  Certificates,
  forClients,
  forServers,
  type Pair,
} from '../support/brokers/certificates.ts';
import {
  freePort,
  program,
  startMosquitto,
  temporaryFolder,
} from '../support/brokers/scripted-broker.ts';
import { damagedKey } from '../support/pki/parts.ts';

const mosquitto = program('mosquitto');
const openssl = program('openssl');

describe.skipIf(!mosquitto || !openssl)('probe against a real mosquitto', () => {
  const folder = temporaryFolder();
  const make = new Certificates(folder);
  const pairs: Record<string, Pair> = {};
  const ports: Record<string, number> = {};
  let broker: { stop(): Promise<void> };

  beforeAll(async () => {
    const ca = make.authority('ca');
    const stranger = make.authority('stranger');
    const san = (names: string) => [...forServers, `subjectAltName = ${names}`];
    Object.assign(pairs, {
      ca,
      stranger,
      good: make.issue(ca, 'good', { extensions: forClients }),
      foreign: make.issue(stranger, 'foreign', { extensions: forClients }),
      impostor: make.issue(stranger, 'impostor', { extensions: san('DNS:localhost') }),
      expired: make.issue(ca, 'expired', { extensions: forClients, to: '20200201000000Z' }),
      early: make.issue(ca, 'early', { extensions: forClients, from: '20480101000000Z' }),
      revoked: make.issue(ca, 'revoked', { extensions: forClients }),
      serverOnly: make.issue(ca, 'serverOnly', { extensions: forServers }),
      nameless: make.issue(ca, 'nameless', { subject: '/O=nameless', extensions: forClients }),
    });
    const servers = {
      server: make.issue(ca, 'server', { extensions: san('DNS:localhost, IP:127.0.0.1') }),
      named: make.issue(ca, 'named', { extensions: san('DNS:broker.example') }),
      commonName: make.issue(ca, 'commonName', { subject: '/CN=localhost' }),
      stale: make.issue(ca, 'stale', {
        extensions: san('DNS:localhost'),
        to: '20200201000000Z',
      }),
      future: make.issue(ca, 'future', {
        extensions: san('DNS:localhost'),
        from: '20480101000000Z',
      }),
      wrongUse: make.issue(ca, 'wrongUse', {
        extensions: [...forClients, 'subjectAltName = DNS:localhost'],
      }),
    };
    const crl = make.revocationList(ca, 'fresh', [pairs.revoked as Pair]);
    const oldCrl = make.revocationList(ca, 'old', [], true);
    const lines = ['per_listener_settings true'];
    const listener = async (name: string, ...options: string[]) => {
      ports[name] = await freePort();
      lines.push(`listener ${ports[name]} 127.0.0.1`, ...options);
    };
    const shows = (pair: Pair) => [`certfile ${pair.certFile}`, `keyfile ${pair.keyFile}`];
    const mutual = [`cafile ${ca.certFile}`, 'require_certificate true'];
    const identity = [...mutual, 'use_identity_as_username true'];
    await listener('open', 'allow_anonymous true');
    await listener('closed', 'allow_anonymous false');
    await listener('mutual', ...shows(servers.server), ...identity, `crlfile ${crl}`);
    await listener('strict13', ...shows(servers.server), ...identity, 'tls_version tlsv1.3');
    await listener('oldCrl', ...shows(servers.server), ...identity, `crlfile ${oldCrl}`);
    await listener('noIdentity', ...shows(servers.server), ...mutual);
    for (const [name, pair] of Object.entries(servers))
      await listener(`tls-${name}`, ...shows(pair), 'allow_anonymous true');
    broker = await startMosquitto(mosquitto as string, folder, lines);
  });
  afterAll(async () => {
    await broker?.stop();
    rmSync(folder, { recursive: true });
  });

  function target(port: string, over: Partial<Target> = {}): Target {
    return { host: 'localhost', port: ports[port] as number, protocolVersion: 4, ...over };
  }
  function mutual(port: string, client: string | null, over: Partial<TargetTls> = {}): Target {
    const shown = client ? { cert: pairs[client]?.cert, key: pairs[client]?.key } : {};
    return target(port, { tls: { ca: pairs.ca?.cert, ...shown, strict: true, ...over } });
  }

  test.each([
    ['open', 4, 'accepted', null, 0],
    ['open', 5, 'accepted', null, 0],
    ['closed', 4, 'refused', 'not-authorised', 5],
    ['closed', 5, 'refused', 'not-authorised', 135],
  ] as const)('%s, MQTT %i: %s, %s', async (port, protocolVersion, observed, cause, connack) => {
    const seen = await probe(target(port, { protocolVersion }));
    expect(seen).toMatchObject({ observed, cause, connack });
  });

  test('a user name nobody knows is not authorised, and the password stays out of the words', async () => {
    const seen = await probe(target('closed', { username: 'me', password: 'hunter2-secret' }));
    expect(seen).toMatchObject({ observed: 'refused', cause: 'not-authorised' });
    expect(JSON.stringify(seen)).not.toContain('hunter2');
  });

  const clients: [string, string | null, Observed, Cause | null][] = [
    ['mutual', 'good', 'accepted', null],
    ['mutual', null, 'refused', 'certificate-required'],
    ['mutual', 'foreign', 'refused', 'unknown-ca'],
    ['mutual', 'expired', 'refused', 'certificate-expired'],
    ['mutual', 'early', 'refused', 'certificate-bad'],
    ['mutual', 'revoked', 'refused', 'certificate-revoked'],
    ['mutual', 'serverOnly', 'refused', 'unsupported-certificate'],
    ['mutual', 'nameless', 'refused', 'bad-user-name'],
    ['oldCrl', 'good', 'refused', 'certificate-expired'],
    ['noIdentity', 'good', 'refused', 'not-authorised'],
  ];
  describe.each(['1.2', '1.3'] as TlsVersion[])('TLS %s', (version) => {
    test.each(clients)('%s with %s: %s, %s', async (port, client, observed, cause) => {
      const only = { minVersion: version, maxVersion: version };
      const seen = await probe(mutual(port, client, only));
      expect(seen).toMatchObject({ observed, cause });
      expect(seen.words).toMatch(/^[A-Z].*\.$/);
    });
  });

  test('what the broker showed is told, accepted or not', async () => {
    for (const client of ['good', null]) {
      const seen = await probe(mutual('mutual', client));
      expect(seen.tls).toMatchObject({
        version: 'TLSv1.3',
        peerNames: ['localhost', '127.0.0.1'],
        peerFingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
      });
    }
  });

  test.each(['1.1', '1.2'] as TlsVersion[])('a client of TLS %s at a 1.3 port', async (version) => {
    const seen = await probe(mutual('strict13', 'good', { maxVersion: version }));
    expect(seen).toMatchObject({ observed: 'refused', cause: 'protocol-version' });
  });

  const servers: [string, Partial<TargetTls>, Partial<Target>, Observed, Cause | null][] = [
    ['tls-server', {}, {}, 'accepted', null],
    ['tls-server', {}, { host: '127.0.0.1' }, 'accepted', null],
    ['tls-server', { servername: 'other.example' }, {}, 'refused', 'name-mismatch'],
    ['tls-server', { servername: '10.0.0.5' }, {}, 'refused', 'name-mismatch'],
    ['tls-named', {}, {}, 'refused', 'name-mismatch'],
    ['tls-named', { servername: 'broker.example' }, {}, 'accepted', null],
    ['tls-commonName', { strict: true }, {}, 'refused', 'name-mismatch'],
    ['tls-commonName', { strict: false }, {}, 'accepted', null],
    ['tls-stale', {}, {}, 'refused', 'server-certificate-expired'],
    ['tls-future', {}, {}, 'refused', 'server-certificate-not-yet-valid'],
    ['tls-wrongUse', {}, {}, 'refused', 'server-certificate-purpose'],
  ];
  test.each(servers)('%s asked %j %j: %s, %s', async (port, tls, over, observed, cause) => {
    const seen = await probe({ ...mutual(port, null, tls), ...over });
    expect(seen).toMatchObject({ observed, cause });
    expect(seen.tls?.peerFingerprint).toBeDefined();
  });

  test("a broker of a stranger's authority is not trusted, nor one without any", async () => {
    for (const ca of [pairs.stranger?.cert, undefined]) {
      const seen = await probe(mutual('tls-server', null, { ca }));
      expect(seen).toMatchObject({ observed: 'refused', cause: 'server-certificate-untrusted' });
    }
  });

  test('not a byte of MQTT goes to a broker that is not trusted', async () => {
    const { cert, key } = pairs.impostor as Pair;
    let heard = 0;
    const server = tls.createServer({ cert, key }, (socket) =>
      socket
        .on('error', () => {})
        .on('data', (bytes) => {
          heard += bytes.length;
        }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const named = { ...mutual('open', null), port, username: 'me', password: 'secret' };
    const seen = await probe(named);
    expect(seen).toMatchObject({ cause: 'server-certificate-untrusted' });
    await new Promise((resolve) => server.close(resolve));
    expect(heard).toBe(0);
  });

  test('the wrong language: plain on TLS, TLS on plain', async () => {
    for (const port of ['mutual', 'strict13', 'tls-server'])
      expect(await probe(target(port))).toMatchObject({
        observed: 'refused',
        cause: 'plain-on-tls-port',
      });
    expect(await probe(mutual('open', 'good'))).toMatchObject({
      observed: 'refused',
      cause: 'no-tls',
    });
  });

  test('our own key that does not fit is our trouble, not the broker', async () => {
    const odd = mutual('mutual', 'good', { key: pairs.expired?.key });
    await expect(probe(odd)).rejects.toThrow(Trouble);
  });

  test('nor is one that says the right public part and signs wrongly', async () => {
    const { key = '' } = pairs.good ?? {};
    const { d = '' } = createPrivateKey(key).export({ format: 'jwk' });
    const damaged = damagedKey(String(key), Buffer.from(d, 'base64url'), 8);
    await expect(probe(mutual('mutual', 'good', { key: damaged }))).rejects.toThrow(Trouble);
  });
});

describe('probe where no broker is', () => {
  const closers: (() => void)[] = [];
  afterAll(() => {
    for (const close of closers) close();
  });
  async function serve(onSocket: (socket: net.Socket) => void): Promise<number> {
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      onSocket(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return (server.address() as net.AddressInfo).port;
  }
  const at = (port: number, over: Partial<Target> = {}): Target => ({
    host: '127.0.0.1',
    port,
    protocolVersion: 4,
    timeoutSeconds: 0.5,
    ...over,
  });
  const http = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';

  it('tells a closed port and an unknown name', async () => {
    expect(await probe(at(await freePort()))).toMatchObject({
      observed: 'unreachable',
      cause: 'connection-refused',
    });
    const unknown = at(1883, { host: 'no-such-name.invalid', timeoutSeconds: 5 });
    expect(await probe(unknown)).toMatchObject({ observed: 'unreachable', cause: 'dns' });
  });

  it('does not take silence for a refusal, plain or TLS', async () => {
    const port = await serve(() => {});
    for (const tls of [undefined, { strict: true }])
      expect(await probe(at(port, { tls }))).toMatchObject({
        observed: 'unreachable',
        cause: 'no-answer',
      });
  });

  it('tells a web server', async () => {
    const port = await serve((socket) => socket.once('data', () => socket.end(http)));
    expect(await probe(at(port))).toMatchObject({ observed: 'refused', cause: 'not-mqtt' });
    expect(await probe(at(port, { tls: { strict: true } }))).toMatchObject({
      observed: 'refused',
      cause: 'no-tls',
    });
  });

  it('tells a port that just closes', async () => {
    const port = await serve((socket) => socket.end());
    expect(await probe(at(port))).toMatchObject({
      observed: 'refused',
      cause: 'closed-without-a-word',
    });
  });

  it('can be cancelled', async () => {
    const port = await serve(() => {});
    const cancel = new AbortController();
    const seen = probe(at(port, { timeoutSeconds: 30 }), cancel.signal);
    cancel.abort();
    expect(await seen).toMatchObject({ observed: 'unreachable', cause: 'cancelled' });
  });
});
