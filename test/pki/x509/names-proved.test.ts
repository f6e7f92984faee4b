import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openTransport } from '../../../src/mqtt/transport.ts';
import { generateKey } from '../../../src/pki/keys/key.ts';
import { writeKey } from '../../../src/pki/keys/key-file.ts';
import { makeCertificate, makeRoot } from '../../../src/pki/x509/certificate.ts';
import { issuerOf, readCertificate } from '../../../src/pki/x509/read-certificate.ts';
import {
  normalIfAny,
  normalName,
  type SubjectAltName,
  subjectAltName,
  subjectAltNameProblem,
  subjectAltNames,
  usableNames,
} from '../../../src/pki/x509/san.ts';
import { newFolder, openssl, withoutOpenssl } from '../../support/pki/parts.ts';
import { anyName, spelled } from '../../support/pki/spellings.ts';

test('every spelling of a name is that one name', () => {
  fc.assert(
    fc.property(spelled, ({ name, spellings }) => {
      for (const spelling of [name, ...spellings]) {
        expect(normalName(spelling), spelling).toBe(name);
        expect(normalIfAny(spelling)).toBe(name);
      }
      expect(subjectAltNames(spellings).map(({ value }) => value)).toEqual([name]);
    }),
    { numRuns: 1000 },
  );
});

test('what is refused has no normal form, and what has one keeps it', () => {
  fc.assert(
    fc.property(anyName, (text) => {
      const usable = subjectAltNameProblem(text) === null;
      expect(usableNames([text])).toHaveLength(usable ? 1 : 0);
      const [name] = usableNames([text]);
      if (name === undefined) expect(() => normalName(text)).toThrow();
      else expect(normalName(name)).toBe(name);
    }),
    { numRuns: 2000 },
  );
});

/** A server whose certificate our authority has signed for these names. */
async function signedFor() {
  const [rootKey, key] = await Promise.all([generateKey('ecdsa-p256'), generateKey('ecdsa-p256')]);
  const pem = await writeKey(key);
  const subject = { commonName: 'Highly Trusted CA' };
  const root = makeRoot({ subject, key: rootKey, days: 30 }, new Date());
  const issuer = issuerOf(readCertificate(root.pem, 'root'), rootKey);
  const file = join(newFolder(), 'root_ca.crt');
  writeFileSync(file, root.pem);
  const server = tls.createServer();
  server
    .on('tlsClientError', () => {})
    .on('secureConnection', (one) => one.on('error', () => {}).end());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const { port } = server.address() as net.AddressInfo;
  const show = (names: SubjectAltName[]) => {
    const holder = {
      kind: 'broker',
      subject: { commonName: 'broker' },
      key,
      names,
      days: 9,
    } as const;
    server.setSecureContext({
      key: pem,
      cert: makeCertificate(holder, issuer, new Date()).pem,
    });
  };
  return { show, port, ca: root.pem, file };
}

type Server = Awaited<ReturnType<typeof signedFor>>;

/** As most Node clients do it, as ours do for what was typed, and as OpenSSL does it for most other programs. */
async function proved({ port, ca, file }: Server, typed: string): Promise<void> {
  const { kind, value } = subjectAltName(typed);
  await new Promise<void>((done, failed) => {
    const socket = tls.connect({
      ...{ host: '127.0.0.1', port, ca, servername: kind === 'dns' ? value : '' },
      checkServerIdentity: (_, certificate) => tls.checkServerIdentity(value, certificate),
    });
    socket.on('error', failed).on('secureConnect', () => socket.destroy() && done());
  });
  const through = async () => net.connect(port, '127.0.0.1');
  const target = { host: typed, port, protocolVersion: 4 as const, through };
  for (const strict of [true, false])
    (
      await openTransport({ ...target, tls: { ca, strict } }, AbortSignal.timeout(10_000))
    ).stream.destroy();
  await openssl(
    ...['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', file, '-verify_return_error'],
    ...(kind === 'dns'
      ? ['-servername', value, '-verify_hostname', value]
      : ['-noservername', '-verify_ip', value]),
  );
}

test.skipIf(withoutOpenssl)(
  'whatever is accepted as a name is proved by it, and by it alone',
  async () => {
    const server = await signedFor();
    await fc.assert(
      fc.asyncProperty(fc.array(anyName, { minLength: 1, maxLength: 12 }), async (texts) => {
        const typed = texts.filter((text) => subjectAltNameProblem(text) === null);
        const names = subjectAltNames(typed);
        const [first, ...rest] = names;
        if (first === undefined) return;
        server.show(names);
        await Promise.all(typed.map((name) => proved(server, name)));
        // Else it would prove nothing.
        server.show(rest.length > 0 ? rest : [subjectAltName('other.example')]);
        await expect(proved(server, first.value)).rejects.toThrow();
      }),
      { numRuns: 20 },
    );
  },
);

test.skipIf(withoutOpenssl)('the longest names are proved, too', async () => {
  const long = [`${'x'.repeat(63)}.`.repeat(3), 'x'.repeat(61)].join('');
  const server = await signedFor();
  const names = [long, `${'ü'.repeat(50)}.example`, '_mqtt._tcp.my_broker.lan'].map(subjectAltName);
  expect(names[0]?.value).toHaveLength(253);
  server.show(names);
  for (const { value } of names) await proved(server, value);
});
