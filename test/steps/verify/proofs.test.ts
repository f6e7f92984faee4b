import { once } from 'node:events';
import { rmSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aboutNobody, type Cause } from '../../../src/mqtt/cause.ts';
import { probe } from '../../../src/mqtt/probe.ts';
import type { Target } from '../../../src/mqtt/target.ts';
import type { Proof } from '../../../src/steps/run/proof.ts';
import { prove } from '../../../src/steps/run/proofs.ts';
import { Certificates, forServers, type Pair } from '../../support/brokers/certificates.ts';
import {
  freePort,
  program,
  startMosquitto,
  temporaryFolder,
} from '../../support/brokers/scripted-broker.ts';
import { answering, serve } from '../../support/brokers/strangers.ts';

// A proof counts only what the other side did.

const refused = (attempt: Proof['try']): Proof => ({
  id: 'no-certificate',
  title: 'A client without a certificate',
  expect: 'refused',
  try: attempt,
});

const ours: Cause[] = [
  'tls-not-accepted',
  'name-mismatch',
  'server-certificate-untrusted',
  'server-certificate-expired',
  'server-certificate-not-yet-valid',
  'server-certificate-purpose',
  'no-tls',
  'no-websocket',
  'not-mqtt',
  'too-large',
];

test.each(ours)('a refusal of ours (%s) is none of the broker', async (cause) => {
  expect(aboutNobody).toContain(cause);
  const [seen] = await prove([refused(async () => ({ observed: 'refused', cause, words: '' }))]);
  expect(seen).toMatchObject({
    ...{ observed: 'refused', cause, pass: false },
    words: expect.stringContaining('Whom it lets in was not seen.'),
  });
});

test('what refuses one client and says nothing of others counts for that one', async () => {
  const of = (counts: Cause[]): Proof => ({
    ...refused(async () => ({ observed: 'refused', cause: 'protocol-version', words: '' })),
    counts,
  });
  const seen = await prove([of(['protocol-version', 'no-tls']), of(['no-tls'])]);
  expect(seen.map(({ pass }) => pass)).toEqual([true, false]);
});

const http = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';
const at = (port: number, more: Partial<Target> = {}): Target => ({
  ...{ host: '127.0.0.1', port, protocolVersion: 4, timeoutSeconds: 20, ...more },
});

test('nor is a proxy that takes websockets elsewhere, or speaks no MQTT', async () => {
  const port = await serve(answering('HTTP/1.1 404 Not Found\r\n\r\n'));
  const seen = await prove([
    refused(() => probe(at(port, { websocket: true }))),
    refused(() => probe(at(port))),
    refused(() => probe(at(port, { tls: { strict: true } }))),
  ]);
  expect(seen).toMatchObject([
    { cause: 'no-websocket', pass: false },
    { cause: 'not-mqtt', pass: false },
    { cause: 'no-tls', pass: false },
  ]);
});

test('nor is one that sends more than anybody takes where a word was due', async () => {
  // A packet that says it has 100 MiB, of the kind that was awaited (MQTT 3.1.1, 2.2.3).
  const head = Buffer.from('208080802f', 'hex');
  const port = await serve((socket) =>
    socket.once('data', () => socket.write(Buffer.concat([head, Buffer.alloc(9 * 1024 * 1024)]))),
  );
  const [seen] = await prove([refused(() => probe(at(port)))]);
  expect(seen).toMatchObject({ observed: 'refused', cause: 'too-large', pass: false });
});

test('plain MQTT at TLS that says so in a record of its own', async () => {
  // alert(21), TLS 1.2, two bytes: fatal(2), protocol_version(70) (RFC 8446, 5.1 and 6).
  const port = await serve(answering(Buffer.from('15030300020246', 'hex')));
  expect(await probe(at(port))).toMatchObject({ observed: 'refused', cause: 'plain-on-tls-port' });
});

test('nor is a handshake that makes no sense to us', async () => {
  // A record of the handshake, of a server's first message, that is too short for one (RFC 8446, 4.1.3).
  const nonsense = Buffer.from('160303000402000000', 'hex');
  const server = net.createServer((socket) => socket.on('error', () => {}).write(nonsense));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  const target = { host: '127.0.0.1', port, protocolVersion: 4 as const, tls: { strict: true } };
  const [seen] = await prove([refused(() => probe(target))]);
  server.close();
  expect(seen).toMatchObject({ observed: 'refused', cause: 'tls-not-accepted', pass: false });
});

const mosquitto = program('mosquitto');

describe.skipIf(!mosquitto || !program('openssl'))(
  'at a real broker that lets everybody in',
  () => {
    const folder = temporaryFolder();
    let broker: { stop(): Promise<void> };
    const ports: Record<string, number> = {};
    let ca: string;
    let proxy: Pair;
    beforeAll(async () => {
      const make = new Certificates(folder);
      const [own, other] = [make.authority('own'), make.authority('other')];
      ca = own.cert;
      const names = [...forServers, 'subjectAltName = IP:127.0.0.1'];
      const shown = {
        'another authority': make.issue(other, 'foreign', { extensions: names }),
        'another name': make.issue(own, 'named', {
          extensions: [...forServers, 'subjectAltName = DNS:broker.example'],
        }),
        'a time that is over': make.issue(own, 'stale', {
          extensions: names,
          to: '20200201000000Z',
        }),
        'a time to come': make.issue(own, 'early', { extensions: names, from: '20480101000000Z' }),
        'use as a client': make.issue(own, 'client', {
          extensions: ['extendedKeyUsage = clientAuth', 'subjectAltName = IP:127.0.0.1'],
        }),
        'nothing wrong': make.issue(own, 'right', { extensions: names }),
      };
      const lines = ['allow_anonymous true'];
      for (const [name, { certFile, keyFile }] of Object.entries(shown)) {
        ports[name] = await freePort();
        lines.push(
          `listener ${ports[name]} 127.0.0.1`,
          `certfile ${certFile}`,
          `keyfile ${keyFile}`,
        );
      }
      proxy = shown['nothing wrong'];
      const mutual = await freePort();
      ports['a certificate demanded'] = mutual;
      const { certFile, keyFile } = shown['another authority'];
      lines.push(`listener ${mutual} 127.0.0.1`, `certfile ${certFile}`, `keyfile ${keyFile}`);
      lines.push(`cafile ${own.certFile}`, 'require_certificate true');
      broker = await startMosquitto(mosquitto ?? '', folder, lines);
    });
    afterAll(async () => {
      await broker?.stop();
      rmSync(folder, { recursive: true });
    });

    const target = (name: string): Target => ({
      host: '127.0.0.1',
      port: ports[name] ?? 0,
      protocolVersion: 4,
      tls: { ca, strict: true },
    });

    test.each([
      ['another authority', 'server-certificate-untrusted'],
      ['another name', 'name-mismatch'],
      ['a time that is over', 'server-certificate-expired'],
      ['a time to come', 'server-certificate-not-yet-valid'],
      ['use as a client', 'server-certificate-purpose'],
      // The broker may want one, but that was not seen: we went first.
      ['a certificate demanded', 'server-certificate-untrusted'],
    ])('a certificate of %s proves nothing', async (name, cause) => {
      const [seen] = await prove([refused(() => probe(target(name)))]);
      expect(seen).toMatchObject({ observed: 'refused', cause, pass: false });
    });

    /** A server with TLS that asks for no certificate, by one version or the other. */
    const secure =
      (maxVersion: 'TLSv1.2' | 'TLSv1.3') => (listener: (socket: net.Socket) => void) =>
        tls.createServer({ cert: proxy.cert, key: proxy.key, maxVersion }, listener);

    test('nor does a proxy that asks for no certificate, and speaks no MQTT', async () => {
      const port = await serve(answering(http), secure('TLSv1.3'));
      const [seen] = await prove([refused(() => probe({ ...target('nothing wrong'), port }))]);
      expect(seen).toMatchObject({ observed: 'refused', cause: 'not-mqtt', pass: false });
    });

    test.each(['TLSv1.2', 'TLSv1.3'] as const)(
      'who breaks off %s once its certificate was seen refuses, whatever became of its alert',
      async (version) => {
        const upstream = await serve(() => {}, secure(version));
        const port = await serve((socket) => {
          const there = net.connect(upstream, '127.0.0.1').on('error', () => {});
          let parts = 0;
          // The first part is the hello; the next one is on the way when it breaks off.
          socket.on('data', (part) => {
            parts += 1;
            if (parts === 1) there.write(part);
            else socket.resetAndDestroy();
          });
          there.on('data', (part) => socket.destroyed || socket.write(part));
          socket.on('close', () => there.destroy());
        });
        const [seen] = await prove([refused(() => probe({ ...target('nothing wrong'), port }))]);
        expect(seen).toMatchObject({ cause: 'closed-without-a-word', pass: true });
      },
    );

    test('what is accepted is not refused', async () => {
      const [seen] = await prove([refused(() => probe(target('nothing wrong')))]);
      expect(seen).toMatchObject({ observed: 'accepted', pass: false });
    });
  },
);
