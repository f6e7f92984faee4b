import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Trouble } from '../../../src/errors/trouble.ts';
import { pemBlock, toPem } from '../../../src/pki/encoding/pem.ts';
import { generateKey, sameKey } from '../../../src/pki/keys/key.ts';
import { makeRequest, readRequest } from '../../../src/pki/x509/request.ts';
import { subjectAltNames } from '../../../src/pki/x509/san.ts';
import { newFolder, openssl, withoutOpenssl } from '../../support/pki/parts.ts';

const key = await generateKey('ecdsa-p256');
const names = subjectAltNames(['rock-4se', '10.0.0.1', 'fd00::1']);
const subject = { organization: 'Café', commonName: 'rock-4se' };

test('says who asks, for which names, with which key', () => {
  const request = readRequest(makeRequest(subject, key, names), 'rock-4se.csr');
  expect(request).toMatchObject({ subject: 'O=Café, CN=rock-4se', names });
  expect(sameKey(request.publicKey, key)).toBe(true);
  expect(readRequest(makeRequest(subject, key, []), 'x').names).toEqual([]);
});

test('changed in any byte it is refused, or says the same', () => {
  const good = makeRequest(subject, key, names);
  const der = pemBlock(good, /./)?.der ?? Buffer.of();
  const { publicKey, ...same } = readRequest(good, 'x.csr');
  let accepted = 0;
  for (let at = 0; at < der.length; at++) {
    const changed = Buffer.from(der);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    try {
      expect(readRequest(toPem('CERTIFICATE REQUEST', changed), 'x.csr')).toMatchObject(same);
      accepted++;
    } catch (error) {
      expect(error).toBeInstanceOf(Trouble);
    }
  }
  // A few bytes are not signed: the tags around the signature.
  expect(accepted).toBeLessThan(8);
});

test('another kind of file is told as such', () => {
  expect(() => readRequest('hello', 'x.csr')).toThrow('x.csr holds no certificate request');
});

test.skipIf(withoutOpenssl)('openssl verifies ours, and we its', async () => {
  const folder = newFolder();
  const [ours, theirs, theirKey] = ['ours.csr', 'theirs.csr', 'k'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(ours, makeRequest(subject, key, names));
  const text = await openssl('req', '-in', ours, '-verify', '-noout', '-text');
  expect(text).toContain('self-signature verify OK');
  expect(text).toContain('DNS:rock-4se, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1');
  await openssl(
    'req',
    '-new',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    theirKey,
    '-out',
    theirs,
    '-subj',
    '/C=GB/CN=client01',
    '-addext',
    'subjectAltName=DNS:client01.local',
  );
  expect(readRequest(readFileSync(theirs, 'utf8'), 'theirs.csr')).toMatchObject({
    subject: 'C=GB, CN=client01',
    names: [{ kind: 'dns', value: 'client01.local' }],
  });
});
