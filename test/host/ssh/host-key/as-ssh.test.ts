import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, test } from 'vitest';
import { type Case, fileIn, hashed, line, meet } from '../../../support/ssh/as-ssh.ts';
import {
  keygen,
  makeKey,
  me,
  noSshd,
  type Sshd,
  startSshd,
  temporaryFolder,
  withFile,
} from '../../../support/ssh/sshd.ts';

// Configurations and known_hosts of people, met by the real ssh and by Lockstep, with `ssh -G` and without an ssh program:
// whom ssh refuses, Lockstep refuses.

const later = withFile();
let sshd: Sshd;
let folder: string;
let mine: string;
const lines: Record<'right' | 'wrong' | 'rsa', string> = { right: '', wrong: '', rsa: '' };

/** A file in the folder, whose name may hold blanks. */
const file = (name: string, ...content: string[]) => fileIn(folder, name, ...content);

/** A command that knows hosts. */
const knows = async (...script: string[]): Promise<string> => {
  const path = await file('knows it', '#!/bin/sh', ...script);
  await chmod(path, 0o700);
  return `KnownHostsCommand "${path}"`;
};

const alias = 'HostKeyAlias board';
const port = () => `[127.0.0.1]:${sshd.port}`;

const cases: [string, () => Promise<Case> | Case][] = [
  ['nothing known', () => ({ known: [], new: true, strict: false })],
  ['known with its port', () => ({ known: [`${port()} ${lines.right}`], new: true, strict: true })],
  [
    'known without the port',
    () => ({ known: [`127.0.0.1 ${lines.right}`], new: true, strict: true }),
  ],
  ['another key', () => ({ known: [`${port()} ${lines.wrong}`], new: false, strict: false })],
  [
    'another key without the port',
    () => ({ known: [`127.0.0.1 ${lines.wrong}`], new: true, strict: false }),
  ],
  [
    'another key, hashed',
    async () => ({ known: [await hashed(folder, port(), lines.wrong)], new: false, strict: false }),
  ],
  [
    'right, hashed',
    async () => ({ known: [await hashed(folder, port(), lines.right)], new: true, strict: true }),
  ],
  [
    'two keys, one right',
    () => ({
      known: [`${port()} ${lines.wrong}`, `${port()} ${lines.right}`],
      new: true,
      strict: true,
    }),
  ],
  [
    'a key of another type only',
    () => ({ known: [`${port()} ${lines.rsa}`], new: false, strict: false }),
  ],
  ['revoked', () => ({ known: [`@revoked * ${lines.right}`], new: false, strict: false })],
  [
    'revoked and known',
    () => ({
      known: [`${port()} ${lines.right}`, `@revoked ${port()} ${lines.right}`],
      new: false,
      strict: false,
    }),
  ],
  [
    'another revoked',
    () => ({
      known: [`${port()} ${lines.right}`, `@revoked * ${lines.wrong}`],
      new: true,
      strict: true,
    }),
  ],
  [
    'an authority for it',
    () => ({ known: [`@cert-authority * ${lines.wrong}`], new: true, strict: false }),
  ],
  ['a pattern', () => ({ known: [`[127.0.0.*]:* ${lines.right}`], new: true, strict: true })],
  [
    'a pattern that leaves it out',
    () => ({ known: [`[127.0.0.*]:*,!${port()} ${lines.wrong}`], new: true, strict: false }),
  ],
  [
    'an alias, known',
    () => ({ known: [`board ${lines.right}`], config: [alias], new: true, strict: true }),
  ],
  [
    'an alias with another key',
    () => ({ known: [`board ${lines.wrong}`], config: [alias], new: false, strict: false }),
  ],
  [
    'an alias with another key, hashed',
    async () => ({
      known: [await hashed(folder, 'board', lines.wrong)],
      config: [alias],
      new: false,
      strict: false,
    }),
  ],
  [
    'an alias that is known with the port only',
    () => ({
      known: [`[board]:${sshd.port} ${lines.right}`],
      config: [alias],
      new: true,
      strict: false,
    }),
  ],
  [
    'an alias in capitals',
    () => ({
      known: [`board ${lines.right}`],
      config: ['HostKeyAlias BOARD'],
      new: true,
      strict: true,
    }),
  ],
  [
    'an alias in capitals with another key',
    () => ({
      known: [`board ${lines.wrong}`],
      config: ['HostKeyAlias BOARD'],
      new: false,
      strict: false,
    }),
  ],
  [
    'an alias in capitals, hashed, known',
    async () => ({
      known: [await hashed(folder, 'board', lines.right)],
      config: ['HostKeyAlias BOARD'],
      new: true,
      strict: true,
    }),
  ],
  [
    'a name in capitals, and a file that is called after it with another key',
    async () => {
      await file('hosts of localhost', `[localhost]:${sshd.port} ${lines.wrong}`);
      const config = ['HostName LOCALHOST', `UserKnownHostsFile "${join(folder, 'hosts of %h')}"`];
      return { known: [], config, new: false, strict: false };
    },
  ],
  [
    'what is said for the name in capitals',
    () => ({
      known: [`board ${lines.right}`, `other ${lines.wrong}`],
      config: ['Host THE-BOARD', 'HostKeyAlias other', 'Host the-*', alias],
      new: true,
      strict: true,
    }),
  ],
  [
    'an alias in capitals, hashed, another key',
    async () => ({
      known: [await hashed(folder, 'BOARD', lines.wrong)],
      config: ['HostKeyAlias BOARD'],
      new: false,
      strict: false,
    }),
  ],
  [
    'an alias, and its address known otherwise',
    () => ({
      known: [`board ${lines.right}`, `${port()} ${lines.wrong}`],
      config: [alias],
      new: true,
      strict: true,
    }),
  ],
  [
    'a list of revoked keys with it',
    () => ({
      known: [`${port()} ${lines.right}`],
      config: [`RevokedHostKeys ${join(folder, 'revoked')}`],
      new: false,
      strict: false,
    }),
  ],
  [
    'a revocation list of ssh-keygen with it',
    () => ({
      known: [`${port()} ${lines.right}`],
      config: [`RevokedHostKeys ${join(folder, 'krl')}`],
      new: false,
      strict: false,
    }),
  ],
  [
    'a list of revoked keys with another',
    () => ({
      known: [`${port()} ${lines.right}`],
      config: [`RevokedHostKeys ${join(folder, 'revoked-other')}`],
      new: true,
      strict: true,
    }),
  ],
  [
    'a revocation list with another',
    () => ({
      known: [`${port()} ${lines.right}`],
      config: [`RevokedHostKeys ${join(folder, 'krl-other')}`],
      new: true,
      strict: true,
    }),
  ],
  [
    'a list of revoked keys that is not there',
    () => ({
      known: [`${port()} ${lines.right}`],
      config: ['RevokedHostKeys /nonexistent'],
      new: false,
      strict: false,
    }),
  ],
  [
    'two files of known hosts, the second right',
    () => ({
      known: [],
      config: [`UserKnownHostsFile ${join(folder, 'none')} ${join(folder, 'second')}`],
      new: true,
      strict: true,
    }),
  ],
  [
    'no file of known hosts',
    () => ({
      known: [`${port()} ${lines.right}`],
      config: ['UserKnownHostsFile none'],
      new: false,
      strict: false,
    }),
  ],
  [
    'the address counts, and has another key',
    () => ({
      known: [`[localhost]:${sshd.port} ${lines.right}`, `${port()} ${lines.wrong}`],
      config: ['HostName localhost', 'CheckHostIP yes', 'AddressFamily inet'],
      new: false,
      strict: false,
    }),
  ],
  [
    'a command that knows it',
    async () => ({
      known: [],
      config: [`${await knows(`echo "$1 ${lines.right}"`)} %H`],
      new: true,
      strict: true,
    }),
  ],
  [
    'a command that knows another key',
    async () => ({
      known: [],
      config: [`${await knows(`echo "$1 ${lines.wrong}"`)} %H`],
      new: false,
      strict: false,
    }),
  ],
  [
    'a command that knows another key without the port',
    async () => ({
      known: [],
      config: [await knows(`echo '127.0.0.1 ${lines.wrong}'`)],
      new: true,
      strict: false,
    }),
  ],
  [
    'a command that knows it without the port',
    async () => ({
      known: [],
      config: [await knows(`echo '127.0.0.1 ${lines.right}'`)],
      new: true,
      strict: false,
    }),
  ],
  [
    'a command that revokes what is known',
    async () => ({
      known: [`${port()} ${lines.right}`],
      config: [await knows(`echo '@revoked * ${lines.right}'`)],
      new: false,
      strict: false,
    }),
  ],
  [
    'a command that knows nothing',
    async () => ({ known: [], config: [await knows('true')], new: true, strict: false }),
  ],
  [
    'a command that fails, and a known key',
    async () => ({
      known: [`${port()} ${lines.right}`],
      config: [await knows('exit 1')],
      new: false,
      strict: false,
    }),
  ],
  [
    'a command that is told all',
    async () => ({
      known: [],
      config: [
        `${await knows(
          `told='127.0.0.1:${sshd.port} ${me} the-board the-board ${process.getuid?.()} %'`,
          '[ "$4" = "$told" ] || exit 1',
          '[ "$1" = ORDER ] || [ "$5" = "$PATH" ] || exit 1',
          '[ "$1" = ORDER ] || echo "$2 $3"',
        )} %I %H "%t %K" '%h:%p %r %n %k %i %%' \${PATH}`,
      ],
      new: true,
      strict: true,
    }),
  ],
  [
    'a command without its full path',
    () => ({
      known: [],
      config: ['KnownHostsCommand echo'],
      new: false,
      strict: false,
    }),
  ],
  [
    'a file with a blank in its name, right',
    async () => ({
      known: [],
      config: [`UserKnownHostsFile "${await file('my hosts', `${port()} ${lines.right}`)}"`],
      new: true,
      strict: true,
    }),
  ],
  [
    'a file with a blank in its name, another key',
    async () => ({
      known: [],
      config: [
        `UserKnownHostsFile ${join(folder, 'none')} "${await file('my hosts', `${port()} ${lines.wrong}`)}"`,
      ],
      new: false,
      strict: false,
    }),
  ],
  [
    'two files, and one of which the name is both',
    async () => {
      const first = await file('our', `${port()} ${lines.wrong}`);
      await file('our hosts', `${port()} ${lines.right}`);
      const config = [`UserKnownHostsFile ${first} hosts`];
      return { known: [], config, new: false, strict: false };
    },
  ],
  [
    "the system's file with a blank in its name, another key",
    async () => ({
      known: [],
      config: [`GlobalKnownHostsFile "${await file('all hosts', `${port()} ${lines.wrong}`)}"`],
      new: false,
      strict: false,
    }),
  ],
  [
    'revoked keys in a file with a blank in its name',
    async () => ({
      known: [`${port()} ${lines.right}`],
      config: [`RevokedHostKeys "${await file('my revoked', lines.wrong)}"`],
      new: true,
      strict: true,
    }),
  ],
  [
    'known to the system',
    async () => ({
      known: [],
      config: [`GlobalKnownHostsFile ${await file('global', `${port()} ${lines.right}`)}`],
      new: true,
      strict: true,
    }),
  ],
  [
    'another home folder, known to the system',
    async () => ({
      known: [],
      system: [`GlobalKnownHostsFile ${await file('global', `${port()} ${lines.right}`)}`],
      new: true,
      strict: true,
    }),
  ],
  [
    'another home folder, another key known to the system',
    async () => ({
      known: [],
      system: [`GlobalKnownHostsFile ${await file('global', `${port()} ${lines.wrong}`)}`],
      new: false,
      strict: false,
    }),
  ],
  [
    'another home folder, revoked by the known hosts of the system',
    async () => ({
      known: [`${port()} ${lines.right}`],
      system: [`GlobalKnownHostsFile ${await file('global', `@revoked * ${lines.right}`)}`],
      new: false,
      strict: false,
    }),
  ],
  [
    'another home folder, revoked by the system',
    () => ({
      known: [`${port()} ${lines.right}`],
      system: [`RevokedHostKeys ${join(folder, 'revoked')}`, 'GlobalKnownHostsFile /dev/null'],
      new: false,
      strict: false,
    }),
  ],
  [
    "another home folder, and its own file instead of the system's",
    async () => ({
      known: [],
      config: ['GlobalKnownHostsFile /dev/null'],
      system: [`GlobalKnownHostsFile ${await file('global', `${port()} ${lines.wrong}`)}`],
      new: true,
      strict: false,
    }),
  ],
  [
    'another home folder, and a command of the system that revokes it',
    async () => ({
      known: [`${port()} ${lines.right}`],
      system: [await knows(`echo '@revoked * ${lines.right}'`), 'GlobalKnownHostsFile /dev/null'],
      new: false,
      strict: false,
    }),
  ],
];

describe.skipIf(noSshd)('a host key, by ssh and by Lockstep', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    folder = await temporaryFolder(later);
    mine = makeKey(folder, 'mine');
    sshd = await startSshd({ authorized: [`${mine}.pub`] }, later);
    lines.right = await line(sshd.hostKey('ed25519'));
    lines.wrong = await line(makeKey(folder, 'wrong'));
    lines.rsa = await line(makeKey(folder, 'rsa', 'rsa'));
    await writeFile(join(folder, 'revoked'), `${lines.wrong}\n${lines.right} of the board\n`);
    await writeFile(join(folder, 'revoked-other'), `${lines.wrong}\n`);
    await writeFile(join(folder, 'second'), `${port()} ${lines.right}\n`);
    keygen('-k', '-f', join(folder, 'krl'), `${sshd.hostKey('ed25519')}.pub`);
    keygen('-k', '-f', join(folder, 'krl-other'), join(folder, 'wrong.pub'));
  });

  test.each(cases)('%s', async (_, make) => {
    await meet(await make(), { folder, sshd, key: mine });
  });
});
