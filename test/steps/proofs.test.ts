import { once } from 'node:events';
import { rmSync } from 'node:fs';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aboutNobody, type Cause } from '../../src/mqtt/cause.ts';
import { probe } from '../../src/mqtt/probe.ts';
import type { Target } from '../../src/mqtt/target.ts';
import { type Proof, prove } from '../../src/steps/proofs.ts';
import { freePort, program, startMosquitto, temporaryFolder } from '../mqtt/broker.ts';
import { Certificates, forServers } from '../mqtt/certificates.ts';

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
];

test.each(ours)('a refusal of ours (%s) is none of the broker', async (cause) => {
  expect(aboutNobody).toContain(cause);
  const [seen] = await prove([refused(async () => ({ observed: 'refused', cause, words: '' }))]);
  expect(seen).toMatchObject({ observed: 'refused', cause, pass: false });
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

    test('what is accepted is not refused', async () => {
      const [seen] = await prove([refused(() => probe(target('nothing wrong')))]);
      expect(seen).toMatchObject({ observed: 'accepted', pass: false });
    });
  },
);
