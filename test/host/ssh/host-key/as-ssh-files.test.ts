import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { beforeAll, describe, test } from 'vitest';
import { fileIn, line, meet } from '../../../support/ssh/as-ssh.ts';
import {
  makeKey,
  me,
  noSshd,
  type Sshd,
  startSshd,
  temporaryFolder,
  withFile,
} from '../../../support/ssh/sshd.ts';

// Files of host keys that a configuration names by something that stands for something, met by the real ssh and by
// Lockstep. A file that Lockstep missed would make a changed key an unknown one.

const later = withFile();
let folder: string;
let mine: string;
let sshd: Sshd;
const lines = { right: '', wrong: '' };

const here = hostname();
const hash = (of: string) => createHash('sha1').update(of).digest('hex');

/** What is written behind the folder, and the name of the file that it is. */
const names: [string, () => string][] = [
  ['of-%k', () => 'of-the-board'],
  ['%n', () => 'the-board'],
  ['%h-%p', () => `127.0.0.1-${sshd.port}`],
  ['%r.%u.%i', () => `${me}.${me}.${userInfo().uid}`],
  ['%l.%L', () => `${here}.${here.replace(/\..*/, '')}`],
  ['%C', () => hash(`${here}127.0.0.1${sshd.port}${me}`)],
  ['100%%k', () => '100%k'],
  ['$k', () => '$k'],
  ['"with a blank "', () => 'with a blank '],
];

describe.skipIf(noSshd)('files of host keys', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    folder = await temporaryFolder(later);
    mine = makeKey(folder, 'mine');
    sshd = await startSshd({ authorized: [`${mine}.pub`] }, later);
    const at = `[127.0.0.1]:${sshd.port}`;
    lines.right = `${at} ${await line(sshd.hostKey('ed25519'))}`;
    lines.wrong = `${at} ${await line(makeKey(folder, 'wrong'))}`;
  });

  const all = () => ({ folder, sshd, key: mine });
  const no = { new: false, strict: false };

  test.each(names)('by %s, with another key, and with the right one', async (name, file) => {
    const config = [`UserKnownHostsFile \${BOARDS}/${name}`];
    await fileIn(folder, file(), lines.wrong);
    await meet({ known: [], config, ...no }, all());
    await fileIn(folder, file(), lines.right);
    await meet({ known: [], config, new: true, strict: true }, all());
  });

  test.each([
    'UserKnownHostsFile ${NOT_SET}/known_hosts',
    'UserKnownHostsFile ${BOARDS/known_hosts',
    'UserKnownHostsFile ${constructor}/known_hosts',
    'UserKnownHostsFile /nonexistent/%z',
    'UserKnownHostsFile /nonexistent/%',
    'UserKnownHostsFile ~nobody-here/known_hosts',
    'GlobalKnownHostsFile ~nobody-here/known_hosts',
    'RevokedHostKeys ~/revoked-%k',
    'RevokedHostKeys ${BOARDS}/revoked',
    'RevokedHostKeys none /nonexistent',
    'UserKnownHostsFile "/nonexistent',
  ])('nobody is trusted by %s', async (wrong) => {
    await meet({ known: [lines.right], config: [wrong], ...no }, all());
  });

  test("the system's, in which nothing stands for anything", async () => {
    await fileIn(folder, 'all-%k', lines.wrong);
    const config = [`GlobalKnownHostsFile ${folder}/all-%k`];
    await meet({ known: [], config, ...no }, all());
  });
});
