import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Host } from '../../../src/host/api/host.ts';
import { sshConfig } from '../../../src/host/ssh/config/config.ts';
import type { SshAsk } from '../../../src/host/ssh/login/ask.ts';
import { connectSsh, type SshOptions } from '../../../src/host/ssh/ssh.ts';
import { hostsAvailable } from '../../support/hosts/available.ts';
import { bootHost, type HostOptions, type TestHost } from '../../support/hosts/host.ts';
import { suites } from '../../support/hosts/suites.ts';

const can = hostsAvailable();
const leftOut = !can.ok && process.env.LOCKSTEP_TEST_ALL !== '1';
const why = can.ok ? '' : ` (${can.reason})`;
const limit = { timeout: 900_000 };

function booted(options: HostOptions): () => TestHost {
  let there: TestHost;
  beforeAll(async () => {
    there = await bootHost(options);
  }, limit.timeout);
  afterAll(() => there?.close());
  return () => there;
}

const resolver = sshConfig({
  home: '/nonexistent',
  localUser: 'nobody',
  environment: { PATH: '/usr/bin:/bin' },
  configFiles: ['/dev/null'],
});

async function logIn(there: TestHost, ask: SshAsk, more: Partial<SshOptions> = {}): Promise<Host> {
  const host = await connectSsh(`${there.ssh.user}@${there.address}`, {
    configResolver: async (...to) => ({
      ...(await resolver(...to)),
      userKnownHosts: [there.ssh.knownHostsFile],
    }),
    ask,
    identityFiles: [there.ssh.keyFile],
    ...more,
  });
  onTestFinished(() => host.close());
  return host;
}

/** Answers questions from a list, one after the other, and counts them. */
function answering(...answers: (string | undefined)[]) {
  const asked: string[] = [];
  const next = (what: string) => {
    asked.push(what);
    return Promise.resolve(answers[asked.length - 1]);
  };
  const ask: SshAsk = {
    sudoPassword: (attempt, who) => next(`sudo ${who} ${attempt}`),
    password: (who, attempt) => next(`login ${who} ${attempt}`),
  };
  return { ask, asked };
}

const root = { root: true } as const;

describe.skipIf(leftOut)(`root through sudo${why}`, limit, () => {
  describe.each(suites)('with a password, on %s', limit, (suite) => {
    const there = booted({ suite });
    const right = () => answering(there().ssh.password);

    test('is asked for once, and serves every action', async () => {
      const { ask, asked } = right();
      const host = await logIn(there(), ask);
      expect((await host.run(['id', '-u'])).stdout.trim()).not.toBe('0');
      expect(asked).toEqual([]);
      const all = await Promise.all([
        host.run(['id', '-u'], root),
        host.read('/etc/shadow', root),
        host.list('/root', root),
        host.stat(['/root/.bashrc'], root),
      ]);
      expect(all[0]).toMatchObject({ code: 0, stdout: '0\n', stderr: '' });
      expect(all[1]?.toString()).toContain('radxa:');
      expect(all[2]).toContain('.bashrc');
      expect(all[3]).toMatchObject([{ owner: 'root' }]);
      expect(asked).toEqual([`sudo ${host.name} 1`]);
    });

    test('looks of the same moment are done by one program of root', async () => {
      const host = await logIn(there(), right().ask);
      // Each look has a shell of its own below the program that does them all.
      const parent = ['sh', '-c', 'id -u; ps -o ppid= -p "$PPID" | tr -d " "; exit 4'];
      const looks = await Promise.all(
        Array.from({ length: 12 }, () => host.run(parent, { ...root, look: true })),
      );
      const [first] = looks;
      expect(first).toMatchObject({ code: 4, stdout: expect.stringMatching(/^0\n\d+\n$/) });
      expect(new Set(looks.map(({ stdout }) => stdout)).size).toBe(1);
    });

    test('input and errors are the program’s own', async () => {
      const host = await logIn(there(), right().ask);
      const script = 'cat; echo oops >&2; exit 7';
      const input = Buffer.from('line\nwith \0 and ü', 'utf8');
      const result = await host.run(['sh', '-c', script], { ...root, input });
      expect(result).toEqual({
        code: 7,
        signal: null,
        stdout: input.toString(),
        stderr: 'oops\n',
        truncated: false,
      });
      expect(await host.run(['cat'], root)).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(await host.run(['no-such-program-here'], root)).toMatchObject({ code: 127 });
    });

    test('writes files for other users, whole or not at all', async () => {
      const host = await logIn(there(), right().ask);
      const path = '/etc/mosquitto/certs/a key';
      const owners = { mode: 0o600, owner: 'mosquitto', group: 'mosquitto' };
      await host.write(path, Buffer.from('k'.repeat(100_000)), owners, root);
      expect(await there().stat(path)).toMatchObject({
        mode: 0o600,
        owner: 'mosquitto',
        size: 1e5,
      });
      await expect(host.write(path, Buffer.from('x'), owners)).rejects.toMatchObject({
        kind: 'permission',
        exitCode: 4,
      });
      await expect(host.read(path)).rejects.toMatchObject({ kind: 'permission' });
      expect((await there().read(path))?.length).toBe(100_000);
    });

    test('the password is in no process list and in no log', async () => {
      const host = await logIn(there(), right().ask);
      const { stdout } = await host.run(['ps', '-eo', 'args'], root);
      expect(stdout).toContain('sudo -k -S');
      expect(stdout).not.toContain(there().ssh.password);
      const log = await there().succeed(['journalctl', '--no-pager']);
      expect(log).not.toContain(there().ssh.password);
    });

    test('what is kept ready shows no arguments, and ends with the connection', async () => {
      const host = await logIn(there(), right().ask);
      await host.run(['echo', 'word-of-ours'], root);
      const ready = async () =>
        (await there().exec(['pgrep', '-f', '^sh -c unset line'])).stdout.split('\n').length - 1;
      await expect.poll(ready, { timeout: 10_000 }).toBe(6);
      const log = await there().succeed(['journalctl', '--no-pager', '-t', 'sudo']);
      expect(log).toContain('unset line');
      expect(log).not.toContain('word-of-ours');
      const started = performance.now();
      await host.close();
      expect(performance.now() - started).toBeLessThan(500);
      await expect.poll(ready, { timeout: 10_000 }).toBe(0);
    });

    test('what is kept ready may be killed, and the next action does not know', async () => {
      const host = await logIn(there(), right().ask);
      await host.run(['true'], root);
      const killed = () => there().exec(['pkill', '-KILL', '-f', '^sh -c unset line']);
      await expect.poll(async () => (await killed()).code, { timeout: 10_000 }).toBe(0);
      await expect.poll(async () => (await killed()).code, { timeout: 10_000 }).toBe(1);
      expect(await host.run(['id', '-u'], root)).toMatchObject({ code: 0, stdout: '0\n' });
    });

    test('eight at once, each with megabytes of input', async () => {
      const host = await logIn(there(), right().ask);
      const input = (n: number) => Buffer.alloc(1_000_000, 65 + n);
      const sizes = [0, 1, 2, 3, 4, 5, 6, 7].map(async (n) => {
        const { stdout } = await host.run(
          ['sh', '-c', 'tr -d "\\n" | tee /dev/null | head -c 1000001'],
          {
            ...root,
            input: input(n),
          },
        );
        return stdout === input(n).toString();
      });
      expect(await Promise.all(sizes)).toEqual(Array(8).fill(true));
    });

    test('a time limit ends what root runs', async () => {
      const host = await logIn(there(), right().ask);
      await host.run(['true'], root);
      const waiting = host.run(['sleep', '4321'], { ...root, timeoutSeconds: 2 });
      await expect(waiting).rejects.toMatchObject({ kind: 'timeout' });
      const left = async () => (await there().exec(['pgrep', '-f', 'sleep 4321'])).stdout;
      await expect.poll(left, { timeout: 10_000 }).toBe('');
    });

    test('when nobody can be asked, the option is named', async () => {
      const host = await logIn(there(), {});
      await expect(host.run(['id'], root)).rejects.toMatchObject({
        kind: 'sudo-password',
        next: expect.stringContaining('--sudo-password-file'),
      });
      expect((await host.run(['id', '-u'])).code).toBe(0);
    });

    test('a wrong one from a file is tried once, here and at login', async () => {
      const failures = async () => {
        const log = ['journalctl', '--no-pager', '-q', '-b'];
        const text = await there().succeed(log);
        return [...text.matchAll(/pam_unix\((sudo|sshd):auth\): authentication failure/g)].length;
      };
      const before = await failures();
      const wrong = async () => 'wrong';
      const host = await logIn(there(), { sudoPassword: wrong });
      await expect(host.run(['id'], root)).rejects.toMatchObject({ kind: 'sudo-password' });
      await expect.poll(failures, { timeout: 10_000 }).toBe(before + 1);
      await expect(
        logIn(there(), { password: wrong }, { identityFiles: [] }),
      ).rejects.toMatchObject({ kind: 'authentication' });
      await expect.poll(failures, { timeout: 10_000 }).toBe(before + 2);
    });

    test('whose password it wants is told', async () => {
      const file = '/etc/sudoers.d/whose';
      await there().writeFile(file, 'Defaults:radxa rootpw\n', { mode: 0o440 });
      try {
        const { ask, asked } = right();
        const host = await logIn(there(), ask);
        await expect(host.run(['id'], root)).rejects.toMatchObject({
          kind: 'sudo-password',
          message: `sudo on ${host.name} wants the password of root.`,
        });
        expect(asked).toHaveLength(1);
      } finally {
        await there().exec(['rm', file]);
      }
    });

    test('giving up is no failure of sudo', async () => {
      const host = await logIn(there(), answering(undefined).ask);
      await expect(host.run(['id'], root)).rejects.toMatchObject({ kind: 'cancelled' });
    });

    test('rights that change in between: the password never lands in a program', async () => {
      const { ask, asked } = answering(...Array(9).fill(there().ssh.password));
      const host = await logIn(there(), ask);
      await host.run(['true'], root);
      const file = '/etc/sudoers.d/changed';
      const rule = (text: string) => there().writeFile(file, text, { mode: 0o440 });
      // What sudo has let in already and is kept ready may serve once more.
      const outcome = () =>
        host.run(['cat'], { ...root, input: 'mine' }).then(
          ({ stdout }) => stdout,
          (error) => error,
        );
      await rule('radxa ALL=(ALL:ALL) NOPASSWD: ALL\n');
      for (let time = 0; time < 5; time += 1) expect(await outcome()).toBe('mine');
      await rule('Defaults:radxa requiretty\n');
      await expect.poll(outcome, { timeout: 5000 }).toMatchObject({
        kind: 'sudo-tty',
        next: expect.stringContaining('requiretty'),
      });
      await there().succeed(['rm', file]);
      expect(await host.run(['id', '-u'], root)).toMatchObject({ stdout: '0\n' });
      expect(asked).toHaveLength(2);
      await rule('radxa ALL=(ALL:ALL) !ALL\n');
      await expect.poll(outcome, { timeout: 5000 }).toMatchObject({ kind: 'not-a-sudoer' });
      await there().succeed(['rm', file]);
    });

    test('a password that changes in between is asked for again', async () => {
      const { password } = there().ssh;
      const { ask, asked } = answering(password, 'another one');
      const host = await logIn(there(), ask);
      await host.run(['true'], root);
      const change = (to: string) => there().succeed(['chpasswd'], { input: `radxa:${to}\n` });
      await change('another one');
      onTestFinished(async () => void (await change(password)));
      const again = async () => {
        await host.run(['true'], root).catch(({ kind }) => expect(kind).toBe('sudo-password'));
        return asked.length;
      };
      await expect.poll(again, { timeout: 20_000 }).toBe(2);
      expect(await host.run(['id', '-u'], root)).toMatchObject({ stdout: '0\n' });
    });

    test('a full disk and a read-only one are told as that, and leave nothing behind', async () => {
      const host = await logIn(there(), right().ask);
      await there().succeed(['mkdir', '-p', '/srv/full', '/srv/ro']);
      await there().succeed(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/srv/full']);
      await there().succeed(['mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', '/srv/ro']);
      const write = (path: string) =>
        host.write(path, Buffer.alloc(200_000), { mode: 0o600 }, root);
      await expect(write('/srv/full/file')).rejects.toMatchObject({ kind: 'no-space' });
      expect(await host.list('/srv/full', root)).toEqual([]);
      await expect(write('/srv/ro/file')).rejects.toMatchObject({ kind: 'read-only' });
    });
  });

  describe('with a wrong password', limit, () => {
    const there = booted({ suite: 'trixie' });

    test('a wrong one is asked for again, three times at most', async () => {
      const good = answering('wrong', there().ssh.password);
      const host = await logIn(there(), good.ask);
      expect(await host.run(['id', '-u'], root)).toMatchObject({ stdout: '0\n' });
      expect(good.asked).toHaveLength(2);
      const bad = answering('wrong 1', 'wrong 2', 'wrong 3', 'wrong 4');
      const other = await logIn(there(), bad.ask);
      await expect(other.run(['id'], root)).rejects.toMatchObject({
        kind: 'sudo-password',
        exitCode: 4,
      });
      expect(bad.asked).toHaveLength(3);
    });

    test('the same wrong one (from a file) is not tried again and again', async () => {
      const { ask, asked } = answering('wrong', 'wrong', 'wrong');
      const host = await logIn(there(), ask);
      await expect(host.run(['id'], root)).rejects.toMatchObject({ kind: 'sudo-password' });
      expect(asked).toHaveLength(2);
    });
  });

  describe.each([
    ['a delay behind each failure', '', ''],
    ['no delay', 'nodelay', ''],
    ['no delay, and stars for what is typed', 'nodelay', 'Defaults pwfeedback\n'],
  ])('where PAM counts failures, with %s', limit, (_, delay, settings) => {
    const there = booted({ suite: 'trixie' });
    const counted = async () =>
      (await there().succeed(['faillock', '--user', 'radxa'])).match(/ V$/gm)?.length ?? 0;
    const wrongOne = async () => {
      await there().succeed(['faillock', '--user', 'radxa', '--reset']);
      const host = await logIn(there(), answering('wrong', 'wrong').ask);
      await expect(host.run(['id'], root)).rejects.toMatchObject({ kind: 'sudo-password' });
      return counted();
    };

    test('a wrong one counts once', async () => {
      const lock = (when: string) => `auth ${when} deny=9 even_deny_root ${delay}`;
      const pam = [
        lock('requisite pam_faillock.so preauth'),
        `auth [success=1 default=ignore] pam_unix.so ${delay}`,
        lock('[default=die] pam_faillock.so authfail'),
        'account required pam_faillock.so',
        'account include common-account',
        '',
      ];
      await there().writeFile('/etc/pam.d/sudo', pam.join('\n'));
      await there().writeFile('/etc/sudoers.d/more', settings, { mode: 0o440 });
      const counts = [await wrongOne()];
      // Without a delay a very busy machine lets sudo ask first, seldom: SECURITY.md says so.
      while (delay !== '' && counts.at(-1) === 2 && counts.length < 3)
        counts.push(await wrongOne());
      expect(counts.at(-1)).toBe(1);
      const good = await logIn(there(), answering(there().ssh.password).ask);
      expect(await good.run(['id', '-u'], root)).toMatchObject({ stdout: '0\n' });
      expect(await counted()).toBe(0);
      expect(await there().succeed(['find', '/tmp', '-user', 'radxa'])).toBe('');
    });
  });

  describe('without a password', limit, () => {
    const there = booted({ suite: 'bookworm', variant: 'nopasswd' });

    test('nobody is asked, and input goes to the program', async () => {
      const { ask, asked } = answering();
      const host = await logIn(there(), ask);
      const result = await host.run(['cat'], { ...root, input: 'mine' });
      expect(result).toMatchObject({ code: 0, stdout: 'mine', stderr: '' });
      expect(await host.run(['id', '-u'], root)).toMatchObject({ stdout: '0\n' });
      expect(asked).toEqual([]);
    });

    test('a host without sudo at all', async () => {
      await there().succeed(['mv', '/usr/bin/sudo', '/usr/bin/sudo.away']);
      const host = await logIn(there(), {});
      await expect(host.run(['id'], root)).rejects.toMatchObject({ kind: 'sudo-missing' });
      await there().succeed(['mv', '/usr/bin/sudo.away', '/usr/bin/sudo']);
    });
  });

  describe('over a connection with room for one program', limit, () => {
    const there = booted({ suite: 'trixie' });

    test('nothing is kept ready in its way', async () => {
      await there().writeFile('/etc/ssh/sshd_config.d/one.conf', 'MaxSessions 1\n');
      await there().succeed(['systemctl', 'reload', 'ssh']);
      const host = await logIn(there(), answering(there().ssh.password).ask);
      for (let time = 0; time < 3; time += 1) {
        expect(await host.run(['id', '-u'], root)).toMatchObject({ stdout: '0\n' });
        expect((await host.run(['id', '-u'], { timeoutSeconds: 10 })).stdout).not.toBe('0\n');
      }
      const all = await Promise.all([0, 1, 2, 3].map(() => host.run(['id', '-u'], root)));
      expect(all.map(({ stdout }) => stdout)).toEqual(Array(4).fill('0\n'));
    });
  });

  describe('that is not allowed', limit, () => {
    const there = booted({ suite: 'trixie', variant: 'nosudo' });

    test('says so, as an error of its own', async () => {
      const { password } = there().ssh;
      const host = await logIn(there(), answering(password, password).ask);
      await expect(host.run(['id'], root)).rejects.toMatchObject({
        kind: 'not-a-sudoer',
        exitCode: 4,
        next: expect.stringContaining('usermod -aG sudo'),
      });
      // Who is put into the group now, is in it at the next try, without connecting by hand.
      await there().succeed(['gpasswd', '--add', 'radxa', 'sudo']);
      expect(await host.run(['id', '-u'], root)).toMatchObject({ stdout: '0\n' });
    });
  });
});

describe.skipIf(leftOut)(`login by password${why}`, limit, () => {
  describe.each(['password-login', 'keyboard-interactive'] as const)('%s', limit, (variant) => {
    const there = booted({ suite: 'bookworm', variant });

    test('asked once, and again when it is wrong', async () => {
      const once = answering(there().ssh.password);
      const host = await logIn(there(), once.ask);
      expect(await host.run(['id', '-un'])).toMatchObject({ stdout: 'radxa\n' });
      expect(once.asked).toEqual([`login ${host.name} 1`]);
      const twice = answering('wrong', there().ssh.password);
      await logIn(there(), twice.ask);
      expect(twice.asked).toHaveLength(2);
    });

    test('three wrong ones end it', async () => {
      const { ask, asked } = answering('wrong 1', 'wrong 2', 'wrong 3', 'wrong 4');
      await expect(logIn(there(), ask)).rejects.toMatchObject({
        kind: 'authentication',
        message: expect.stringContaining('did not accept the password'),
      });
      expect(asked).toHaveLength(3);
    });

    // As from a file: asked again, there is no other.
    test('a wrong one that is all there is is told as that, not as a connection that broke', async () => {
      await expect(logIn(there(), answering('wrong', 'wrong').ask)).rejects.toMatchObject({
        kind: 'authentication',
        message: expect.stringContaining('did not accept the password'),
      });
    });

    test('giving up is told as that', async () => {
      await expect(logIn(there(), answering(undefined).ask)).rejects.toMatchObject({
        kind: 'cancelled',
      });
    });

    // Whatever asks for a new password gets none: it would be that from then on.
    test('one that has expired is told, and is not given as the new one', async () => {
      const { user, password } = there().ssh;
      const shadow = () => there().succeed(['getent', 'shadow', user]);
      const before = await shadow();
      await there().succeed(['chage', '-d', '0', user]);
      const aged = await shadow();
      try {
        const telling = logIn(there(), answering(password, password).ask).then((host) =>
          host.becomeRoot(),
        );
        await expect(telling).rejects.toMatchObject({
          // With `password` sshd lets in, and runs nothing.
          message: expect.stringMatching(
            variant === 'keyboard-interactive' ? /has expired/ : /did not answer as a shell/,
          ),
        });
        expect(await shadow()).toBe(aged);
      } finally {
        await there().succeed(['chage', '-d', before.split(':')[2] ?? '', user]);
      }
    });

    test('when nobody can be asked, the option is named', async () => {
      await expect(logIn(there(), {})).rejects.toMatchObject({
        kind: 'authentication',
        next: expect.stringContaining('--password-file'),
      });
    });
  });
});
