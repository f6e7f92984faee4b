import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hostsAvailable } from '../../support/hosts/available.ts';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { program } from '../../support/hosts/program.ts';
import { type Suite, suites } from '../../support/hosts/suites.ts';
import { type Home, launcher, newHome, reaching } from '../../support/program/lockstep.ts';
import { makeKey, startSshd } from '../../support/ssh/sshd.ts';
import { enterThrough } from '../../support/terminal/steps-by-keys.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

const can = hostsAvailable();
const leftOut = !can.ok && process.env.LOCKSTEP_TEST_ALL !== '1';
const why = can.ok ? '' : ` (${can.reason})`;

let home: Home;
const open: Terminal[] = [];
beforeEach(async () => {
  home = await newHome();
});
afterEach(async () => {
  for (const terminal of open.splice(0)) await terminal.close();
  await home.remove();
});

function terminal(argv: readonly string[], env: Record<string, string>): Terminal {
  const [file = '', ...rest] = argv;
  const made = new Terminal(file, rest, { env, limit: 30_000 });
  open.push(made);
  return made;
}

/** Answers what an SSH login and sudo ask, as the person would, up to the first step. */
async function logIn(screen: Terminal, host: TestHost): Promise<void> {
  await screen.seen('Is this the host key');
  // The fingerprint is the true one, and the safe answer is the first.
  expect(screen.screen().replace(/\s/g, '')).toContain(host.ssh.fingerprints['ssh-ed25519']);
  await screen.seen(/[›>] No, do not connect/);
  screen.press('down', 'enter');
  await screen.seen(/sudo password/);
  screen.type(host.ssh.password);
  await screen.seen('****');
  screen.press('enter');
  await screen.seen('step 1 of 7');
}

/** What others see: this machine's own clients, with the files that were delivered. */
async function outsiders(host: TestHost): Promise<void> {
  const files = join(home.site, 'clients', 'client01');
  const own = ['--cafile', `${files}/root_ca.crt`, '--cert', `${files}/client01.crt`];
  const tls = ['-h', host.address, '-p', '8883', ...own, '--key', `${files}/client01.key`];
  const message = ['-t', 'test/outside', '-m', 'hello', '-q', '1'];
  expect(await program(['mosquitto_pub', ...tls, ...message])).toMatchObject({ code: 0 });
  const plain = ['mosquitto_pub', '-h', host.address, '-p', '1883', ...message];
  expect(await program(plain)).toMatchObject({ code: 5 });
}

describe.skipIf(leftOut)(`the guided session on a real broker${why}`, () => {
  describe.each(suites)('of %s', (suite: Suite) => {
    let host: TestHost;
    beforeAll(async () => {
      host = await bootHost({ suite });
    }, 900_000);
    afterAll(() => host?.close());

    test('asks nothing that the options answer', async () => {
      const words = await reaching(host, home);
      const screen = terminal([process.execPath, launcher, ...words], home.environment);
      await screen.seen('step 1 of 7');
      expect(screen.output()).not.toMatch(/sudo password|host key of/);
      screen.press('q');
      expect((await screen.exit()).code).toBe(0);
    });

    test('offers for the plain port what it can do', async () => {
      const own = '/etc/mosquitto/conf.d/own.conf';
      const passwd = '/etc/mosquitto/passwd';
      await host.succeed(['mosquitto_passwd', '-c', '-b', passwd, 'anna', 'secret']);
      await host.succeed(['chown', 'mosquitto:', passwd]);
      const before = (await host.read('/etc/mosquitto/conf.d/access.conf')) ?? '';
      const several = `allow_anonymous false\npassword_file ${passwd}\nlistener 1883\nlistener 1884\n`;
      await host.succeed(['rm', '-f', '/etc/mosquitto/conf.d/access.conf']);
      await host.writeFile(own, several);
      await host.succeed(['systemctl', 'restart', 'mosquitto']);
      const words = await reaching(host, home);
      expect((await home.run('run', ...words, '--through', 'distribute')).code).toBe(0);
      const screen = terminal([process.execPath, launcher, ...words], home.environment);
      await screen.seen('› Go on to Harden');
      screen.press('enter');
      await screen.seen('› Show what will change');
      screen.press('down', 'enter');
      await screen.seen(/› Port 1883 \(plain MQTT\) +refuses all without a/);
      await screen.seen('All ports of this broker take the same passwords');
      screen.press('esc');
      await screen.seen('Show what will change');
      screen.press('q');
      expect((await screen.exit()).code).toBe(0);
      expect((await home.run('undo', ...words)).code).toBe(0);
      await host.succeed(['rm', '-f', own]);
      await host.writeFile('/etc/mosquitto/conf.d/access.conf', before);
      await host.succeed(['systemctl', 'restart', 'mosquitto']);
    }, 120_000);

    test('asks what it must, and Enter leads to a secured broker', async () => {
      const where = ['--broker', `radxa@${host.address}`, '--identity', host.ssh.keyFile];
      const screen = terminal([process.execPath, launcher, ...where], home.environment);
      await logIn(screen, host);
      const seen = await enterThrough(screen, 'Secured.');
      expect(seen.join('\n')).toMatch(/test\/test {2}Test1/);
      await screen.until((now) => /8883 . mTLS/.test(now), 'the live pane over mutual TLS');
      screen.press('q');
      expect((await screen.exit()).code).toBe(0);
      expect(screen.output()).not.toContain(host.ssh.password);
      await outsiders(host);
      const key = await host.succeed([
        'sh',
        '-c',
        'stat -c "%a %U %G" /etc/mosquitto/certs/current/*.key',
      ]);
      expect(key).toBe('600 mosquitto mosquitto\n');
    }, 120_000);
  });
});

describe.skipIf(leftOut)(`the guided session in an ssh login${why}`, () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await bootHost({ suite: 'bookworm', variant: 'nopasswd' });
  }, 900_000);
  afterAll(() => host?.close());

  test.each([
    ['xterm-256color', 'Distribute', 'Make these changes'],
    ['vt100', 'Harden', 'Make these changes and restart the broker'],
    ['linux', 'Certificates', 'Make these changes'],
  ])(
    'TERM=%s: dropped in the middle of %s, resumed by a second login',
    async (TERM, step, go) => {
      const key = makeKey(home.folder, 'login');
      const sshd = await startSshd({ authorized: [`${key}.pub`] });
      // What a login shell would have: a home, a path, and the broker's key to log in with.
      const ssh = join(home.folder, '.ssh');
      await mkdir(ssh, { mode: 0o700 });
      await writeFile(join(ssh, 'known_hosts'), host.ssh.knownHosts);
      const start = join(home.folder, 'start');
      const variables = Object.entries({
        ...home.environment,
        LANG: TERM === 'linux' ? 'C' : 'C.UTF-8',
      });
      await writeFile(
        start,
        [
          '#!/bin/sh',
          ...variables.map(([name, value]) => `export ${name}='${value}'`),
          `exec '${process.execPath}' '${launcher}' --broker radxa@${host.address} --identity '${host.ssh.keyFile}'`,
          '',
        ].join('\n'),
      );
      await chmod(start, 0o700);
      const login = () =>
        terminal(
          [
            'ssh',
            '-tt',
            '-F',
            'none',
            '-i',
            key,
            '-p',
            String(sshd.port),
            '-o',
            'StrictHostKeyChecking=no',
            '-o',
            `UserKnownHostsFile=${home.folder}/hosts`,
            '-o',
            'LogLevel=ERROR',
            'localhost',
            start,
          ],
          { TERM, HOME: home.folder },
        );

      const first = login();
      await first.seen('step 1 of 7');
      await enterThrough(first, new RegExp(`${step} {2}not changed yet[^]*${go}`));
      first.press('enter');
      await first.until((now) => !now.includes('not changed yet'), 'the step to begin');
      first.kill('SIGKILL');
      await first.exit();

      const second = login();
      // The first program lets go when its terminal is gone, which may take it a moment.
      await second.until((now) => /step \d of 7|holds|uses/.test(now), 'the second login to start');
      for (let tries = 0; tries < 20 && !/step \d of 7/.test(second.screen()); tries++) {
        second.press('enter');
        await second.quiet(300);
      }
      await enterThrough(second, 'Secured.');
      second.press('q');
      expect((await second.exit()).code).toBe(0);
      await outsiders(host);
      const undone = await home.run(
        'undo',
        '--broker',
        `radxa@${host.address}`,
        '--identity',
        host.ssh.keyFile,
      );
      expect(undone).toMatchObject({ code: 0 });
    },
    120_000,
  );
});
