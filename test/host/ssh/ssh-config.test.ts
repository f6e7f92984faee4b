import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { sshConfig } from '../../../src/host/ssh/config/config.ts';
import { parseTarget, targetName } from '../../../src/host/ssh/syntax/target.ts';
import { temporaryFolder } from '../../support/ssh/sshd.ts';

const noSsh = spawnSync('ssh', ['-V']).error !== undefined && process.env.LOCKSTEP_TEST_ALL !== '1';

const text = `
# boards
Host rock *.lan !bad.lan
  HostName 10.0.0.7
  User radxa
  Port 2222
  IdentityFile "~/.ssh/board key"
  IdentityFile %d/.ssh/%r_%h
  IdentitiesOnly yes
  ProxyJump me@gate:2200,second
  UserKnownHostsFile ~/.ssh/boards ~/.ssh/others
  HashKnownHosts yes
  HostKeyAlias board
Host rock
  User second
Host *
  User everybody
`;

async function resolve(config: string, alias: string, program: string, given = {}) {
  const home = await temporaryFolder();
  const configFile = join(home, 'config');
  await writeFile(configFile, config);
  const environment = { PATH: '/usr/bin:/bin' };
  const places = { home, localUser: 'local', environment, configFiles: [configFile], program };
  return { home, settings: await sshConfig(places)(alias, given) };
}

describe.each([
  { how: 'by ssh -G', program: 'ssh', skip: noSsh },
  { how: 'without an ssh program', program: '/nonexistent/ssh', skip: false },
])('~/.ssh/config $how', ({ program, skip }) => {
  test.skipIf(skip)('says how a host is reached', async () => {
    const { home, settings } = await resolve(text, 'rock', program);
    expect(settings).toMatchObject({
      hostname: '10.0.0.7',
      user: 'radxa',
      port: 2222,
      identitiesOnly: true,
      jumps: ['me@gate:2200', 'second'],
      hashKnownHosts: true,
      hostKeyAlias: 'board',
      userKnownHosts: [join(home, '.ssh/boards'), join(home, '.ssh/others')].map((path) =>
        expect.stringMatching(new RegExp(`${path.slice(home.length)}$`)),
      ),
    });
    expect(settings.identityFiles[0]).toMatch(/\/\.ssh\/board key$/);
    expect(settings.identityFiles.at(-1)).toBe(join(home, '.ssh/radxa_10.0.0.7'));
  });

  test.skipIf(skip)('patterns, negation, and what was given by hand first', async () => {
    const bad = await resolve(text, 'bad.lan', program);
    expect(bad.settings).toMatchObject({ hostname: 'bad.lan', user: 'everybody', port: 22 });
    const lan = await resolve(text, 'good.lan', program, { user: 'me', port: 22 });
    expect(lan.settings).toMatchObject({ hostname: '10.0.0.7', user: 'me', port: 22 });
  });

  test.skipIf(skip)('the zone of an address is nothing to be replaced', async () => {
    for (const address of ['fe80::1%eth0', 'fe80::1%hassio', 'fe80::1%n0']) {
      const { settings } = await resolve('', address, program);
      expect(settings.hostname).toBe(address);
    }
  });

  test.skipIf(skip)('without a configuration: the defaults', async () => {
    const { settings } = await resolve('', 'board', program);
    expect(settings).toMatchObject({
      hostname: 'board',
      port: 22,
      jumps: [],
      identitiesOnly: false,
    });
    expect(settings.identityFiles.some((path) => path.endsWith('/.ssh/id_ed25519'))).toBe(true);
    expect(settings.userKnownHosts[0]).toMatch(/\/\.ssh\/known_hosts$/);
  });
});

test.skipIf(noSsh)('a mistake in the configuration names the command that shows it', async () => {
  await expect(resolve('Nonsense yes\n', 'board', 'ssh')).rejects.toMatchObject({
    name: 'HostError',
    next: expect.stringContaining('ssh -G'),
    detail: expect.stringContaining('nonsense'),
  });
});

test.skipIf(noSsh)('a command of a Match line that hangs is ended with the question', async () => {
  const folder = await temporaryFolder();
  const [pid, config] = [join(folder, 'pid'), join(folder, 'config')];
  await writeFile(
    config,
    `Match exec "echo $$ >${pid}.new; mv ${pid}.new ${pid}; exec sleep 1000"\n`,
  );
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const environment = { PATH: '/usr/bin:/bin' };
  const places = { home: folder, localUser: 'local', environment, configFiles: [config] };
  const answer = sshConfig(places)('board', {}).catch((error: unknown) => error);
  while (!existsSync(pid)) await new Promise(setImmediate);
  const hanging = Number(readFileSync(pid, 'utf8'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await answer).toMatchObject({
    message: 'The SSH configuration for board cannot be read.',
    likely: expect.stringContaining('a command of a Match line hangs'),
  });
  // Ended, or about to be taken away by its parent.
  const state = () => {
    try {
      return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${hanging}/status`, 'utf8'))?.[1];
    } catch {
      return 'gone';
    }
  };
  vi.useRealTimers();
  await vi.waitFor(() => expect(['Z', 'gone']).toContain(state()));
});

test('what is left out without ssh is said', async () => {
  const config = 'Include other\nMatch host x\n  User wrong\nHost board\n  User right\n';
  const { settings } = await resolve(config, 'board', '/nonexistent/ssh');
  expect(settings.user).toBe('right');
  expect(settings.notes).toEqual([
    expect.stringContaining('`Include`'),
    expect.stringContaining('`Match`'),
  ]);
});

test('targets', () => {
  expect(parseTarget('rock-4se')).toEqual({ host: 'rock-4se' });
  expect(parseTarget('radxa@10.0.0.7:2222')).toEqual({
    user: 'radxa',
    host: '10.0.0.7',
    port: 2222,
  });
  expect(parseTarget('a@b@host')).toEqual({ user: 'a@b', host: 'host' });
  expect(parseTarget('[fe80::1%eth0]:22')).toEqual({ host: 'fe80::1%eth0', port: 22 });
  for (const zone of ['eth0', 'br-lan', 'eth0.10', 'veth_1', '2'])
    expect(parseTarget(`u@fe80::1%${zone}`)).toEqual({ user: 'u', host: `fe80::1%${zone}` });
  expect(parseTarget('2001:db8::7')).toEqual({ host: '2001:db8::7' });
  const wrong = ['', '@host', 'host:', 'host:0', 'host:65536', 'host:x', '-oProxyCommand=x', 'a b'];
  for (const text of [
    ...wrong,
    'host\n',
    'u@-G',
    '-l@host',
    'host:22:22',
    'fe80::1%',
    'fe80::1%a%b',
  ])
    expect(() => parseTarget(text), text).toThrow(/not the name of a host/);
  // Each system reads these in its own way.
  for (const text of ['u@010.0.0.1', '10.1', '10.0.0.256', '10.0.0.1.', 'u@127.1:22'])
    expect(() => parseTarget(text), text).toThrow(/not an IPv4 address/);
  expect(targetName({ user: 'u', hostname: 'h', port: 22 })).toBe('u@h');
  expect(targetName({ user: 'u', hostname: '::1', port: 2200 })).toBe('u@[::1]:2200');
});
