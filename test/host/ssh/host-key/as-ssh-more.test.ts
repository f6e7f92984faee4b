import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SshOptions } from '../../../../src/host/ssh/ssh.ts';
import { type Case, fileIn, hashed, line, meet } from '../../../support/ssh/as-ssh.ts';
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

// Addresses that count besides names, host certificates of an authority, several files, and hosts on the way, met by the
// real ssh and by Lockstep.

const later = withFile();
let folder: string;
let mine: string;
let sshd: Sshd;
/** Shows a certificate of `authority` for its key. */
let certified: Sshd;
let gate: Sshd;
const lines = { right: '', wrong: '', certified: '', authority: '', gate: '' };

const at = ({ port }: Sshd, host = '127.0.0.1') => `[${host}]:${port}`;
const file = (name: string, ...content: string[]) => fileIn(folder, name, ...content);
const no = { new: false, strict: false };
const yes = { new: true, strict: true };
type Cases = [string, () => Promise<Case> | Case][];

/** By its name, which is right, and by its address. */
const byName = (address: string[], ...config: string[]) => ({
  known: [`${at(sshd, 'localhost')} ${lines.right}`, ...address],
  config: ['HostName localhost', 'CheckHostIP yes', 'AddressFamily inet', ...config],
});

const addresses: Cases = [
  ['not known', () => ({ ...byName([]), ...yes })],
  ['with the same key', () => ({ ...byName([`${at(sshd)} ${lines.right}`]), ...yes })],
  ['with another key', () => ({ ...byName([`${at(sshd)} ${lines.wrong}`]), ...no })],
  [
    'with another key, hashed',
    async () => ({ ...byName([await hashed(folder, at(sshd), lines.wrong)]), ...no }),
  ],
  ['revoked', () => ({ ...byName([`@revoked ${at(sshd)} ${lines.right}`]), ...no })],
  ['with another key revoked', () => ({ ...byName([`@revoked * ${lines.wrong}`]), ...yes })],
  [
    'with another key, where an alias stands for the name',
    () => ({
      ...byName([`${at(sshd)} ${lines.wrong}`, `board ${lines.right}`], 'HostKeyAlias board'),
      ...yes,
    }),
  ],
  [
    'with another key, which is not asked for',
    () => ({
      known: byName([`${at(sshd)} ${lines.wrong}`]).known,
      config: ['HostName localhost', 'AddressFamily inet'],
      ...yes,
    }),
  ],
];

/** What is said of an authority counts for nothing here: a host has to be known by its key. */
const certificates: Cases = [
  ['of nobody known', () => ({ known: [], new: true, strict: false })],
  [
    'of an authority that is trusted',
    () => ({ known: [`@cert-authority * ${lines.authority}`], new: true, strict: false }),
  ],
  [
    'of an authority that is trusted for another host',
    () => ({ known: [`@cert-authority other ${lines.authority}`], new: true, strict: false }),
  ],
  ['of an authority that is revoked', () => ({ known: [`@revoked * ${lines.authority}`], ...no })],
  [
    'of an authority in a list of revoked keys',
    async () => ({
      known: [],
      config: [`RevokedHostKeys ${await file('revoked', lines.authority)}`],
      ...no,
    }),
  ],
  [
    'of an authority that is revoked, and known by its key',
    () => ({
      known: [`@revoked * ${lines.authority}`, `${at(certified)} ${lines.certified}`],
      ...no,
    }),
  ],
  [
    'whose key is revoked',
    () => ({
      known: [`@cert-authority * ${lines.authority}`, `@revoked * ${lines.certified}`],
      ...no,
    }),
  ],
  ['and known by its key', () => ({ known: [`${at(certified)} ${lines.certified}`], ...yes })],
  ['and known by another key', () => ({ known: [`${at(certified)} ${lines.wrong}`], ...no })],
  [
    'of an authority that is trusted, and known by another key',
    () => ({
      known: [`@cert-authority * ${lines.authority}`, `${at(certified)} ${lines.wrong}`],
      ...no,
    }),
  ],
];

async function twoFiles(first: string, second: string) {
  const names = [await file('first', first), await file('second', second)];
  return { known: [], config: [`UserKnownHostsFile ${names.join(' ')}`] };
}

const files: Cases = [
  [
    'the right key, then another one',
    async () => ({
      ...(await twoFiles(`${at(sshd)} ${lines.right}`, `${at(sshd)} ${lines.wrong}`)),
      ...yes,
    }),
  ],
  [
    'another key, then the right one',
    async () => ({
      ...(await twoFiles(`${at(sshd)} ${lines.wrong}`, `${at(sshd)} ${lines.right}`)),
      ...yes,
    }),
  ],
  [
    'the right key, which is then revoked',
    async () => ({
      ...(await twoFiles(`${at(sshd)} ${lines.right}`, `@revoked * ${lines.right}`)),
      ...no,
    }),
  ],
  [
    'the right key, which the system has revoked',
    async () => ({
      known: [`${at(sshd)} ${lines.right}`],
      config: [`GlobalKnownHostsFile ${await file('global', `@revoked * ${lines.right}`)}`],
      ...no,
    }),
  ],
];

/** Beyond it all is right. */
const byWay = (known: string[], ...config: string[]) => ({
  known: [`${at(sshd)} ${lines.right}`, ...known],
  through: { gate, config },
});

const ways: Cases = [
  ['with its key', () => ({ ...byWay([`${at(gate)} ${lines.gate}`]), ...yes })],
  ['with another key', () => ({ ...byWay([`${at(gate)} ${lines.wrong}`]), ...no })],
  [
    'with its key revoked',
    () => ({ ...byWay([`${at(gate)} ${lines.gate}`, `@revoked * ${lines.gate}`]), ...no }),
  ],
  [
    'in a list of revoked keys',
    async () => ({
      ...byWay(
        [`${at(gate)} ${lines.gate}`],
        `RevokedHostKeys ${await file('revoked', lines.gate)}`,
      ),
      ...no,
    }),
  ],
  ['by an alias', () => ({ ...byWay([`the-way ${lines.gate}`], 'HostKeyAlias the-way'), ...yes })],
  [
    'by an alias with another key',
    () => ({
      ...byWay([`the-way ${lines.wrong}`, `${at(gate)} ${lines.gate}`], 'HostKeyAlias the-way'),
      ...no,
    }),
  ],
  [
    'in the second of two files with another key',
    async () => {
      const second = await file('second', `${at(gate)} ${lines.wrong}`);
      return { ...byWay([], `UserKnownHostsFile /nonexistent ${second}`), ...no };
    },
  ],
];

describe.skipIf(noSshd)('more of what is known of hosts', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    folder = await temporaryFolder(later);
    mine = makeKey(folder, 'mine');
    const authorized = [`${mine}.pub`];
    sshd = await startSshd({ authorized }, later);
    gate = await startSshd({ authorized }, later);
    lines.right = await line(sshd.hostKey('ed25519'));
    lines.gate = await line(gate.hostKey('ed25519'));
    lines.wrong = await line(makeKey(folder, 'wrong'));
    const authority = makeKey(folder, 'authority');
    lines.authority = await line(authority);
    const key = makeKey(folder, 'certified');
    lines.certified = await line(key);
    keygen('-q', '-s', authority, '-I', 'board', '-h', '-n', '127.0.0.1', `${key}.pub`);
    const config = [`HostKey ${key}`, `HostCertificate ${key}-cert.pub`];
    certified = await startSshd({ authorized, hostKeys: [], config }, later);
  });

  test.each(addresses)('the address %s', async (_, one) => {
    await meet(await one(), { folder, sshd, key: mine });
  });

  test.each(certificates)('a certificate %s', async (_, one) => {
    await meet(await one(), { folder, sshd: certified, key: mine });
  });

  test('a certificate, where keys are revoked: it is told, and the fingerprint counts', async () => {
    const client = await makeClient();
    const revoked = `@revoked * ${lines.wrong}`;
    await fileIn(client.home, '.ssh/known_hosts', revoked, `${at(certified)} ${lines.certified}`);
    const logIn = (options: Partial<SshOptions>) =>
      connectTo(certified.port, client, {
        identityFiles: [mine],
        acceptNewHostKey: false,
        ...options,
      });
    const shown = keygen('-lf', join(folder, 'certified.pub')).split(' ')[1] ?? '';
    await expect(logIn({})).rejects.toMatchObject({
      kind: 'host-key-unknown',
      message: expect.stringContaining('its authority may be revoked'),
      next: expect.stringContaining(`--accept-host-key ${shown}`),
    });
    const host = await logIn({ acceptHostKey: shown });
    expect(await host.run(['echo', 'there'])).toMatchObject({ stdout: 'there\n' });
    expect(await readFile(client.knownHosts, 'utf8')).toContain(revoked);
  });

  test.each(files)('several files: %s', async (_, one) => {
    await meet(await one(), { folder, sshd, key: mine });
  });

  test.each(ways)('a host on the way %s', async (_, one) => {
    await meet(await one(), { folder, sshd, key: mine });
  });

  test.skipIf(process.getuid?.() === 0)('a file that cannot be read', async () => {
    const closed = await file('closed', `${at(sshd)} ${lines.wrong}`);
    await chmod(closed, 0);
    const config = [`UserKnownHostsFile ${closed}`];
    await meet({ known: [], config, ...no }, { folder, sshd, key: mine });
  });
});
