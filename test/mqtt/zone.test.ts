import net from 'node:net';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { peerName, serverNameIndication, targetName } from '../../src/mqtt/target.ts';
import { openTransport } from '../../src/mqtt/transport.ts';
import { Certificates, forServers } from '../support/brokers/certificates.ts';
import { program, temporaryFolder } from '../support/brokers/scripted-broker.ts';

/** Opens a door that shows a certificate for this address, as if it were at `host`. */
async function opened(host: string, strict: boolean, address: string) {
  const make = new Certificates(temporaryFolder());
  const ca = make.authority('ca');
  const extensions = [...forServers, `subjectAltName = IP:${address}`];
  const { cert, key } = make.issue(ca, 'server', { extensions });
  const server = tls.createServer({ cert, key });
  server.on('tlsClientError', () => {});
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const { port } = server.address() as net.AddressInfo;
  const door = await openTransport(
    {
      ...{ host, port, protocolVersion: 4, through: async () => net.connect(port, '127.0.0.1') },
      tls: { ca: ca.cert, strict },
    },
    AbortSignal.timeout(10_000),
  );
  door.stream.destroy();
  return door.tls?.peerNames;
}

test.skipIf(!program('openssl')).each([true, false])(
  'an address with a zone is the same in a certificate without it (strict: %s)',
  async (strict) => {
    expect(await opened('fe80::1%eth0', strict, 'fe80::1')).toEqual(['FE80:0:0:0:0:0:0:1']);
    await expect(opened('fe80::1%eth0', strict, 'fe80::2')).rejects.toMatchObject({
      reason: 'name-mismatch',
    });
    // What is no name to OpenSSL is thrown into nobody's stream.
    await expect(opened('.', strict, 'fe80::1')).rejects.toMatchObject({ reason: 'name-mismatch' });
  },
);

test('a zone stays where it is needed: in the way there, and in what is said of it', () => {
  const target = { host: 'fe80::1%br-lan', port: 1883, protocolVersion: 4 as const };
  expect(peerName(target)).toBe('fe80::1');
  expect(serverNameIndication(target)).toBe('');
  expect(targetName(target)).toBe('[fe80::1%br-lan]:1883');
});
