import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Case, fileIn, line, meet } from '../../../support/ssh/as-ssh.ts';
import {
  connectTo,
  keygen,
  makeClient,
  makeKey,
  noSshd,
  type Sshd,
  startSshd,
  temporaryFolder,
  withFile,
} from '../../../support/ssh/sshd.ts';

// Kinds and lengths of host keys that a configuration allows, met by the real ssh and by Lockstep.

const later = withFile();
let folder: string;
let mine: string;
/** Has a key of each kind. */
let many: Sshd;
/** Has an RSA key of 1024 bits, and no other one. */
let short: Sshd;
const lines = { ed25519: '', rsa: '', short: '' };

const at = ({ port }: Sshd) => `[127.0.0.1]:${port}`;
const byEd25519 = () => [`${at(many)} ${lines.ed25519}`];
const byRsa = () => [`${at(many)} ${lines.rsa}`];
const byShort = () => [`${at(short)} ${lines.short}`];

interface Kinds extends Omit<Case, 'known'> {
  known: () => string[];
}

const no = { new: false, strict: false };
const yes = { new: true, strict: true };

const kinds: [string, Kinds][] = [
  ['RSA only', { known: byRsa, config: ['HostKeyAlgorithms rsa-sha2-512'], ...yes }],
  [
    'RSA only, and nothing known',
    { known: () => [], config: ['HostKeyAlgorithms rsa-sha2-512'], new: true, strict: false },
  ],
  [
    'one by which it is not known',
    { known: byEd25519, config: ['HostKeyAlgorithms ecdsa-sha2-nistp256'], ...no },
  ],
  [
    'an order, and known by the second',
    { known: byEd25519, config: ['HostKeyAlgorithms rsa-sha2-512,ssh-ed25519'], ...no },
  ],
  [
    'without the first, and known by the last',
    { known: byRsa, config: ['HostKeyAlgorithms -ssh-ed25519'], ...yes },
  ],
  [
    'without that by which it is known',
    { known: byRsa, config: ['HostKeyAlgorithms -*rsa*'], ...no },
  ],
  [
    'without those of a pattern that spares one',
    { known: byRsa, config: ['HostKeyAlgorithms -!rsa-sha2-256,*'], ...yes },
  ],
  ['one before the others', { known: byRsa, config: ['HostKeyAlgorithms ^rsa-sha2-256'], ...yes }],
  [
    'one before that by which it is known',
    { known: byEd25519, config: ['HostKeyAlgorithms ^rsa-sha2-512'], ...no },
  ],
  ['one more', { known: byRsa, config: ['HostKeyAlgorithms +ssh-rsa'], ...yes }],
  ['a pattern', { known: byEd25519, config: ['HostKeyAlgorithms ssh-*'], ...yes }],
  ['a pattern, and known by another', { known: byRsa, config: ['HostKeyAlgorithms ssh-*'], ...no }],
  ['none', { known: byEd25519, config: ['HostKeyAlgorithms -*'], ...no }],
  [
    'certificates only',
    { known: byEd25519, config: ['HostKeyAlgorithms *-cert-v01@openssh.com'], ...no },
  ],
  [
    'in quotes, with a comment',
    { known: byEd25519, config: ['HostKeyAlgorithms "rsa-sha2-512" # no other'], ...no },
  ],
  [
    'what is said first',
    {
      known: byEd25519,
      config: ['HostKeyAlgorithms rsa-sha2-512', 'HostKeyAlgorithms ssh-ed25519'],
      ...no,
    },
  ],
  [
    'a length that the known key has not',
    { known: byRsa, config: ['RequiredRSASize 4096'], ...no },
  ],
  [
    'a length, and known by another kind',
    { known: byEd25519, config: ['RequiredRSASize 4096'], ...yes },
  ],
];

const lengths: [string, Kinds][] = [
  ['nothing said', { known: byShort, ...yes }],
  ['what it has', { known: byShort, config: ['RequiredRSASize 1024'], ...yes }],
  ['less than ssh asks for anyway', { known: byShort, config: ['RequiredRSASize 500'], ...yes }],
  ['a bit more', { known: byShort, config: ['RequiredRSASize 1025'], ...no }],
  ['twice that', { known: byShort, config: ['requiredrsasize=2048'], ...no }],
  ['in quotes', { known: byShort, config: ['RequiredRSASize "2048" # bits'], ...no }],
  ['no number', { known: byShort, config: ['RequiredRSASize 1k'], ...no }],
  ['for a new host', { known: () => [], config: ['RequiredRSASize 2048'], ...no }],
  ['another kind', { known: byShort, config: ['HostKeyAlgorithms ssh-ed25519'], ...no }],
];

const ways: [string, Kinds & { gate: string[] }][] = [
  ['nothing said', { known: () => [...byShort(), ...byEd25519()], gate: [], ...yes }],
  [
    'a length for the host on the way',
    { known: () => [...byShort(), ...byEd25519()], gate: ['RequiredRSASize 2048'], ...no },
  ],
  [
    'a kind for the host on the way',
    { known: () => [...byShort(), ...byEd25519()], gate: ['HostKeyAlgorithms ssh-ed25519'], ...no },
  ],
  [
    'a length for the host behind it',
    { known: () => [...byShort(), ...byRsa()], gate: [], config: ['RequiredRSASize 4096'], ...no },
  ],
  [
    'a kind for the host behind it',
    {
      known: () => [...byShort(), ...byEd25519()],
      gate: [],
      config: ['HostKeyAlgorithms rsa-sha2-256'],
      ...no,
    },
  ],
];

describe.skipIf(noSshd)('host keys that a configuration allows', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    folder = await temporaryFolder(later);
    mine = makeKey(folder, 'mine');
    const authorized = [`${mine}.pub`];
    many = await startSshd({ authorized, hostKeys: ['ed25519', 'rsa', 'ecdsa'] }, later);
    const key = join(folder, 'short');
    keygen('-q', '-t', 'rsa', '-b', '1024', '-N', '', '-f', key);
    short = await startSshd({ authorized, hostKeys: [], config: [`HostKey ${key}`] }, later);
    lines.ed25519 = await line(many.hostKey('ed25519'));
    lines.rsa = await line(many.hostKey('rsa'));
    lines.short = await line(key);
  });

  test.each(kinds)('by kind: %s', async (_, { known, ...one }) => {
    await meet({ known: known(), ...one }, { folder, sshd: many, key: mine });
  });

  test.each(lengths)('by length: %s', async (_, { known, ...one }) => {
    await meet({ known: known(), ...one }, { folder, sshd: short, key: mine });
  });

  test.each(ways)('on the way: %s', async (_, { known, gate, ...one }) => {
    const through = { gate: short, config: gate };
    await meet({ known: known(), through, ...one }, { folder, sshd: many, key: mine });
  });

  test.each([
    { config: 'RequiredRSASize 2048', says: /too short/, likely: /1024 bits.*fewer than 2048/ },
    {
      config: 'HostKeyAlgorithms ssh-ed25519',
      says: /no key of a kind/,
      likely: /leaves ssh-ed25519/,
    },
    {
      config: 'HostKeyAlgorithms ssh-dss',
      says: /no kind of host key/,
      likely: /ssh-ed25519, ecdsa/,
    },
  ])('$config is told, whatever was confirmed beforehand', async ({ config, says, likely }) => {
    const client = await makeClient();
    await fileIn(client.home, 'config', config);
    const fingerprint = keygen('-lf', join(folder, 'short.pub')).split(' ')[1] ?? '';
    for (const confirmed of [{ acceptHostKey: fingerprint }, { acceptNewHostKey: true }])
      await expect(
        connectTo(short.port, client, {
          acceptNewHostKey: false,
          identityFiles: [mine],
          ...confirmed,
        }),
      ).rejects.toMatchObject({
        kind: 'host-key-not-allowed',
        message: expect.stringMatching(says),
        likely: expect.stringMatching(likely),
        next: expect.stringContaining('Nothing was done'),
      });
  });
});
