import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostsAvailable } from './available.ts';
import { bootHost, type HostOptions, type TestHost } from './host.ts';
import { ended, program, until } from './program.ts';
import { brokerVersions, suites } from './suites.ts';

const can = hostsAvailable();
const leftOut = !can.ok && process.env.LOCKSTEP_TEST_ALL !== '1';
const why = can.ok ? '' : ` (${can.reason})`;
/** The first use on a machine makes the base folders. */
const limit = { timeout: 900_000 };

/** Runs a command on the host through the real ssh. */
const over = (host: TestHost, command: string) => program([...host.ssh.command, command]);

/** A message to the broker and back, by this machine's own clients; null when it was refused. */
async function roundTrip(host: TestHost, text: string): Promise<string | null> {
  const broker = ['-h', host.address, '-t', 'test/round'];
  const sent = await program(['mosquitto_pub', ...broker, '-r', '-q', '1', '-m', text]);
  if (sent.code !== 0) return null;
  return (await program(['mosquitto_sub', ...broker, '-C', '1', '-W', '10'])).stdout.trim();
}

describe.skipIf(leftOut)(`a broker host${why}`, limit, () => {
  describe.each(suites)('of %s', limit, (suite) => {
    let host: TestHost;
    beforeAll(async () => {
      host = await bootHost({ suite });
    }, limit.timeout);
    afterAll(() => host?.close());

    test('takes a login by key, and sudo by password', async () => {
      const login = await over(host, 'id -un; hostname; hostname -f; ps -p 1 -o comm=');
      expect(login).toMatchObject({ code: 0, stderr: '' });
      expect(login.stdout.split('\n')).toEqual([
        'radxa',
        'rock-4se',
        'rock-4se.lan',
        'systemd',
        '',
      ]);
      expect((await over(host, 'sudo -n id')).code).not.toBe(0);
      const asked = ['sudo', '-S', '-p', "''", 'id', '-u'];
      const root = await program([...host.ssh.command, ...asked], {
        input: `${host.ssh.password}\n`,
      });
      expect(root).toMatchObject({ code: 0, stdout: '0\n' });
    });

    test('runs its mosquitto as a service that anybody can use', async () => {
      const help = await host.exec(['mosquitto', '-h']);
      expect(/version (\S+)/.exec(help.stdout)?.[1]).toMatch(brokerVersions[suite]);
      expect(await host.succeed(['systemctl', 'is-active', 'mosquitto'])).toBe('active\n');
      expect(await roundTrip(host, `hello ${suite}`)).toBe(`hello ${suite}`);
    });

    test('gives its files without its sshd', async () => {
      await host.writeFile('/srv/made/file', 'text', { mode: 0o640, owner: 'mosquitto:radxa' });
      expect((await host.read('/srv/made/file'))?.toString()).toBe('text');
      expect(await host.stat('/srv/made/file')).toMatchObject({
        type: 'file',
        mode: 0o640,
        owner: 'mosquitto',
        group: 'radxa',
        size: 4,
      });
      await host.succeed(['ln', '-s', '/srv/made', '/srv/link']);
      expect(await host.stat('/srv/link')).toMatchObject({ type: 'symlink', target: '/srv/made' });
      expect(await host.stat('/srv/none')).toBeNull();
      expect(await host.read('/srv/none')).toBeNull();
      expect(existsSync('/srv/made')).toBe(false);
    });

    test('stalls and goes on when its cable is pulled and plugged in', async () => {
      const echo = spawnEcho(host);
      await echo.says('before');
      await host.cutLink();
      expect((await over(host, 'true')).stderr).toContain('No route to host');
      const answer = echo.says('while cut');
      await host.healLink();
      await answer;
      echo.child.stdin?.end();
      await ended(echo.child);
      expect(echo.child.exitCode).toBe(0);
    });

    test('loses packets silently', async () => {
      await host.dropPackets('all');
      const [first = '', ...rest] = host.ssh.command;
      const login = await program([first, '-o', 'ConnectTimeout=1', ...rest, 'true']);
      expect(login.stderr).toContain('timed out');
      await host.dropPackets('none');
      expect((await over(host, 'true')).code).toBe(0);
    });

    test('resets connections that it has forgotten', async () => {
      const echo = spawnEcho(host);
      await echo.says('before');
      await host.resetConnections();
      await ended(echo.child);
      expect(echo.child.exitCode).toBe(255);
      expect(await roundTrip(host, 'after')).toBe('after');
    });

    test('delays every packet, whatever it carries, and stops when it is told', async () => {
      const timed = async (act: () => Promise<unknown>) => {
        const started = performance.now();
        await act();
        return performance.now() - started;
      };
      const handshake = () => timed(() => handshakeWith(host.address));
      const login = () => timed(async () => expect((await over(host, 'true')).code).toBe(0));
      const near = await login();
      const message = () => timed(async () => expect(await roundTrip(host, 'far')).toBe('far'));
      await host.delay(200);
      const trip = await handshake();
      expect(trip).toBeGreaterThan(199);
      expect(trip).toBeLessThan(300);
      // A message and its way back: at least a connection and a greeting, twice.
      expect(await message()).toBeGreaterThan(800);
      expect((await login()) - near).toBeGreaterThan(1000);
      await host.delay(0);
      expect(await handshake()).toBeLessThan(100);
      expect(await message()).toBeLessThan(600);
    });

    test('comes back from a shutdown, a power cut and its own reboot', async () => {
      await host.writeFile('/srv/kept', 'kept');
      for (const how of ['clean', 'power-cut'] as const) {
        const before = host.leader();
        await host.reboot(how);
        expect(host.leader()).not.toBe(before);
        expect((await over(host, 'cat /srv/kept')).stdout).toBe('kept');
      }
      const before = host.leader();
      await host.exec(['systemctl', 'reboot']);
      await until('the reboot', 20, () => host.leader() !== before && host.leader());
      await host.ready();
      expect((await over(host, 'cat /srv/kept')).stdout).toBe('kept');
      expect(await roundTrip(host, 'again')).toBe('again');
    });

    test('leaves nothing behind', async () => {
      const number = Number(host.address.split('.')[2]);
      const before = traces(number);
      expect(before.size).toBeGreaterThan(4);
      await host.close();
      await host.close();
      expect([...traces(number)].filter((trace) => before.has(trace))).toEqual([]);
    });

    test('boots with SysV init, and its broker restarts by its script', async () => {
      await using old = await bootHost({ suite, variant: 'sysv' });
      expect((await over(old, 'ps -p 1 -o comm=')).stdout).toBe('init\n');
      const pid = async () => (await old.exec(['pgrep', '-x', 'mosquitto'])).stdout;
      const before = await pid();
      await old.succeed(['service', 'mosquitto', 'restart']);
      expect(await until('the new process', 10, pid)).not.toBe(before);
      expect(await until('the broker', 10, () => roundTrip(old, 'sysv'))).toBe('sysv');
      await old.reboot();
      expect(await roundTrip(old, 'again')).toBe('again');
    });
  });

  describe('that is different', limit, () => {
    const boot = (options: Omit<HostOptions, 'suite'>) =>
      bootHost({ suite: 'bookworm', ...options });

    test('has Debian’s own configuration: the broker serves its own machine only', async () => {
      await using host = await boot({ config: 'default' });
      expect(host.listens(1883)).toBe(true);
      expect(await roundTrip(host, 'x')).toBeNull();
    });

    test('has a configuration that does not load', async () => {
      const config = { '/etc/mosquitto/conf.d/x.conf': 'no_such_option true\n' };
      await using host = await boot({ config });
      expect(host.listens(1883)).toBe(false);
      expect((await over(host, 'cat /etc/mosquitto/conf.d/x.conf')).stdout).toBe(
        config['/etc/mosquitto/conf.d/x.conf'],
      );
    });

    test('has another name', async () => {
      await using host = await boot({ name: 'attic' });
      expect((await over(host, 'hostname -f')).stdout).toBe('attic.lan\n');
    });

    test('lets the user be root without a password, or not at all', async () => {
      await using free = await boot({ variant: 'nopasswd' });
      expect((await over(free, 'sudo -n id -u')).stdout).toBe('0\n');
      await using none = await boot({ variant: 'nosudo' });
      const asked = ['sudo', '-S', '-p', "''", 'id'];
      const input = `${none.ssh.password}\n`;
      const refused = await program([...none.ssh.command, ...asked], { input });
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('not in the sudoers file');
    });

    test.each([
      ['password-login', 'password'],
      ['keyboard-interactive', 'keyboard-interactive'],
    ] as const)('takes no key: %s', async (variant, method) => {
      await using host = await boot({ variant });
      expect((await over(host, 'true')).stderr).toContain(`Permission denied (${method})`);
      const folder = await mkdtemp(join(tmpdir(), 'lockstep-askpass-'));
      const askpass = join(folder, 'askpass');
      await writeFile(askpass, '#!/bin/sh\nprintenv HOST_PASSWORD\n', { mode: 0o700 });
      const command = host.ssh.command.filter((word) => word !== 'BatchMode=yes');
      const login = [...command.flatMap((word, at) => (isLoneOption(command, at) ? [] : [word]))];
      const env = {
        HOST_PASSWORD: host.ssh.password,
        SSH_ASKPASS: askpass,
        SSH_ASKPASS_REQUIRE: 'force',
      };
      expect((await program([...login, 'id -un'], { env })).stdout).toBe('radxa\n');
      await rm(folder, { recursive: true });
    });

    test('never had a broker, or has one that is stopped', async () => {
      await using none = await boot({ variant: 'no-mosquitto' });
      expect((await none.exec(['dpkg', '-s', 'mosquitto'])).code).toBe(1);
      expect(await none.stat('/usr/sbin/mosquitto')).toBeNull();
      await using stopped = await boot({ variant: 'stopped' });
      const active = await stopped.exec(['systemctl', 'is-active', 'mosquitto']);
      expect(active.stdout).toBe('inactive\n');
      expect(stopped.listens(1883)).toBe(false);
    });

    test('runs its broker from a crontab', async () => {
      await using host = await boot({ variant: 'cron' });
      expect(await roundTrip(host, 'cron')).toBe('cron');
      const active = await host.exec(['systemctl', 'is-active', 'mosquitto']);
      expect(active.stdout).toBe('inactive\n');
    });

    test('has a disk that can be filled', async () => {
      await using host = await boot({ diskMiB: 64 });
      const full = await host.exec(['dd', 'if=/dev/zero', 'of=/srv/full', 'bs=1M']);
      expect(full.stderr).toContain('No space left on device');
    });
  });

  test('three of them at once have addresses and keys of their own', limit, async () => {
    const hosts = await Promise.all(suites.map((suite) => bootHost({ suite })));
    try {
      expect(new Set(hosts.map((host) => host.address)).size).toBe(3);
      expect(new Set(hosts.flatMap((host) => Object.values(host.ssh.fingerprints))).size).toBe(6);
      const trips = await Promise.all(hosts.map((host) => roundTrip(host, host.suite)));
      expect(trips).toEqual([...suites]);
    } finally {
      await Promise.all(hosts.map((host) => host.close()));
    }
  });

  test('dies with the program that booted it', limit, async () => {
    const command = [join(import.meta.dirname, 'cli.ts'), 'boot', 'bookworm'];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await once(child.stdout, 'data');
    const number = Number(/ is 10\.77\.(\d+)\.2/.exec(String(said))?.[1]);
    const before = traces(number);
    expect(before.size).toBeGreaterThan(4);
    const left = () => [...traces(number)].filter((trace) => before.has(trace));
    child.kill('SIGKILL');
    await ended(child);
    const gone = () => left().length === 0;
    await until('the host to be gone', 60, gone, () => `Still there: ${left().join(', ')}`);
  });
});

/** Whether a word is the `-o` of an option whose value has been taken out. */
function isLoneOption(words: readonly string[], at: number): boolean {
  return words[at] === '-o' && !words[at + 1]?.includes('=');
}

/** Connects by TCP, no more. */
async function handshakeWith(host: string): Promise<void> {
  const socket = connect({ host, port: 22 });
  await once(socket, 'connect');
  socket.destroy();
}

/** A login that sends back what it is sent. */
function spawnEcho(host: TestHost): { child: ChildProcess; says(text: string): Promise<void> } {
  const [file = '', ...rest] = [...host.ssh.command, 'cat'];
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'ignore'] });
  let heard = '';
  child.stdout.on('data', (chunk) => {
    heard += chunk;
  });
  child.stdin.on('error', () => {});
  return {
    child,
    async says(text) {
      child.stdin.write(`${text}\n`);
      await until(`the echo of "${text}"`, 60, () => heard.includes(text));
    },
  };
}

/**
 * What there is on this machine of the host with that number, each thing with what tells it from its
 * successor: another test may take the number in the moment in which it is given back.
 */
function traces(number: number): Set<string> {
  const name = `lockstep-${number}`;
  const trees = readdirSync('/sys/fs/cgroup', { withFileTypes: true });
  const groups = ['.', ...trees.filter((tree) => tree.isDirectory()).map((tree) => tree.name)];
  const folders = [
    `/run/lockstep-hosts/${number}`,
    ...groups.map((tree) => join('/sys/fs/cgroup', tree, name)),
  ];
  const found = folders.flatMap((folder) => {
    const inode = statSync(folder, { throwIfNoEntry: false })?.ino;
    return inode === undefined ? [] : [`${folder} (inode ${inode})`];
  });
  const cable = textOf(`/sys/class/net/lockstep${number}/ifindex`);
  if (cable) found.push(`network interface ${cable.trim()}`);
  for (const pid of readdirSync('/proc')) {
    if (!textOf(`/proc/${pid}/cgroup`).includes(`/${name}/`)) continue;
    const started = textOf(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19];
    if (started) found.push(`process ${pid} of ${started}`);
  }
  return new Set(found);
}

/** The text of a file; empty when there is none, or no longer. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
