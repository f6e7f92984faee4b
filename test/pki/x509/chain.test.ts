import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { issueCertificates } from '../../../src/pki/issue/issue.ts';
import { type ChainQuestion, verifyChain } from '../../../src/pki/x509/chain.ts';
import { readCertificate } from '../../../src/pki/x509/read-certificate.ts';
import { makeStranger } from '../../../src/pki/x509/stranger.ts';
import { newAuthority, openssl, withoutOpenssl } from '../../support/pki/parts.ts';
import { broker, client, daysLater, now } from '../../support/pki/work.ts';

const says = (question: ChainQuestion) => verifyChain(question).map(({ id }) => id);

async function site(at = now) {
  const authority = await newAuthority(3650, at);
  const { issued } = await issueCertificates(
    authority,
    [broker('10.0.0.1', 'fd00::1'), client('client01')],
    at,
  );
  const pem = (file?: string) => readFileSync(file ?? '', 'utf8');
  const read = (file?: string) => readCertificate(pem(file), 'x');
  const [ofBroker, ofClient] = issued.map(({ files }) => files);
  return {
    folder: authority.folder,
    authority: authority.certificate,
    broker: read(ofBroker?.certificate),
    client: read(ofClient?.certificate),
    brokerKey: pem(ofBroker?.key),
    clientKey: pem(ofClient?.key),
  };
}

test('a good chain has nothing against it, by every name and address', async () => {
  const { authority, broker, client } = await site();
  for (const name of ['rock-4se', 'ROCK-4SE.', '10.0.0.1', 'fd00::1', 'FD00:0::1', undefined]) {
    expect(verifyChain({ certificate: broker, authority, kind: 'broker', now, name })).toEqual([]);
  }
  expect(verifyChain({ certificate: client, authority, kind: 'client', now })).toEqual([]);
});

test('each fault is named', async () => {
  const { authority, broker, client } = await site();
  const other = (await site()).authority;
  const question = { certificate: broker, authority, kind: 'broker', now } as const;
  expect(says({ ...question, name: 'rock-5b' })).toEqual(['wrong-name']);
  expect(says({ ...question, name: '10.0.0.2' })).toEqual(['wrong-name']);
  expect(says({ ...question, name: 'rock 4se' })).toEqual(['wrong-name']);
  expect(says({ ...question, kind: 'client' })).toEqual(['wrong-purpose']);
  expect(says({ ...question, certificate: client })).toEqual(['wrong-purpose', 'no-names']);
  expect(says({ ...question, authority: other })).toEqual(['not-issued-here']);
  expect(says({ ...question, authority: client })).toEqual(['not-issued-here', 'not-an-authority']);
  expect(says({ ...question, now: daysLater(900) })).toEqual(['expired']);
  expect(says({ ...question, now: daysLater(4000) })).toEqual(['authority-expired', 'expired']);
  expect(says({ ...question, now: daysLater(-1) })).toEqual([
    'authority-not-yet-valid',
    'not-yet-valid',
  ]);
});

test.skipIf(withoutOpenssl)(
  "the article's version 1 certificate: what is wrong with it",
  async () => {
    const { authority, folder } = await site(new Date());
    const path = (name: string) => join(folder, name);
    await openssl(
      'req',
      '-new',
      '-newkey',
      'rsa:1024',
      '-nodes',
      '-subj',
      '/CN=old',
      '-keyout',
      path('old.key'),
      '-out',
      path('old.csr'),
    );
    await openssl(
      'x509',
      '-req',
      '-in',
      path('old.csr'),
      '-CA',
      path('root_ca.crt'),
      '-CAkey',
      path('root_ca.key'),
      '-CAcreateserial',
      '-sha1',
      '-out',
      path('old.crt'),
    );
    const certificate = readCertificate(readFileSync(path('old.crt'), 'utf8'), 'old.crt');
    expect(certificate.facts.version).toBe(1);
    const question = {
      certificate,
      authority,
      kind: 'broker',
      now: new Date(),
      name: 'old',
    } as const;
    expect(says(question)).toEqual(['old-version', 'weak-key', 'weak-signature', 'no-names']);
  },
);

test('what it calls good, a TLS server accepts; a stranger of the same name it refuses', async () => {
  const clock = new Date();
  const { authority, broker, client, brokerKey, clientKey } = await site(clock);
  const stranger = await makeStranger('client01', clock);
  const server = tls.createServer({
    key: brokerKey,
    cert: broker.pem,
    ca: authority.pem,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  });
  server.on('secureConnection', (socket) =>
    socket.end(String(socket.getPeerCertificate().subject.CN)),
  );
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ca = authority.pem;
  const greeting = (cert: string, key: string) =>
    new Promise<string>((resolve) => {
      const socket = tls.connect({
        port,
        host: '127.0.0.1',
        servername: 'rock-4se',
        ca,
        cert,
        key,
      });
      let text = '';
      socket.on('data', (bytes) => {
        text += bytes;
      });
      socket.on('error', () => {}); // then it closes, having said nothing
      socket.on('close', () => resolve(text));
    });
  expect(await greeting(client.pem, clientKey)).toBe('client01');
  expect(await greeting(stranger.certificate, stranger.key)).toBe('');

  const certificate = readCertificate(stranger.certificate, 'stranger');
  expect(certificate.facts.commonName).toBe('client01');
  expect(says({ certificate, authority, kind: 'client', now: clock })).toEqual(['not-issued-here']);
  const own = readCertificate(stranger.authority, 'stranger');
  expect(verifyChain({ certificate, authority: own, kind: 'client', now: clock })).toEqual([]);
});
