import { expect, test } from 'vitest';
import { bootHost, type HostOptions, type TestHost } from '../hosts/host.ts';
import { runEvents } from './contract.ts';
import { type Home, newHome, reaching } from './lockstep.ts';
import * as observe from './observer.ts';
import { limit, onHosts } from './on-hosts.ts';
import { expectTold } from './trouble.ts';

onHosts('hosts that are different', limit, () => {
  async function on(
    options: HostOptions,
    act: (host: TestHost, home: Home, how: string[]) => Promise<void>,
  ): Promise<void> {
    await using host = await bootHost(options);
    await using home = await newHome();
    await act(host, home, await reaching(host, home));
  }

  /** Set up, looked at, undone: the whole way. */
  async function wholeWay(host: TestHost, home: Home, how: string[]): Promise<string> {
    const before = await observe.tree(host);
    const run = await home.run('run', ...how, '--json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(runEvents(run.stdout).at(-1)).toMatchObject({ result: 'secured' });
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);
    return run.stdout;
  }

  test('sudo that asks for no password', () =>
    on({ suite: 'trixie', variant: 'nopasswd' }, async (host, home, how) => {
      await wholeWay(host, home, [...how.slice(0, 4), ...how.slice(6)]);
    }));

  test('a login as root, and no sudo at all', () =>
    on({ suite: 'trixie' }, async (host, home, how) => {
      const script = `mkdir -m 0700 -p /root/.ssh
        cp /home/radxa/.ssh/authorized_keys /root/.ssh/; chown root: /root/.ssh/authorized_keys
        SUDO_FORCE_REMOVE=yes dpkg --force-all --purge sudo`;
      await host.succeed(['sh', '-euc', script]);
      expectTold(await home.run('run', ...how), {
        code: 4,
        what: `There is no sudo on radxa@${host.address}, and the user is not root.`,
        likely: 'It is not installed there.',
        next: 'or log in as root',
      });
      await wholeWay(host, home, ['--broker', `root@${host.address}`, ...how.slice(2)]);
    }));

  test('a password at login', () =>
    on({ suite: 'trixie', variant: 'password-login' }, async (host, home, how) => {
      const password = how[5] ?? '';
      await wholeWay(host, home, [...how, '--password-file', password]);
    }));

  test('an SSH server that forwards nothing: the shadow starts, and it is said how far that went', () =>
    on({ suite: 'trixie' }, async (host, home, how) => {
      const script = `echo DisableForwarding yes >>/etc/ssh/sshd_config; systemctl reload ssh`;
      await host.succeed(['sh', '-euc', script]);
      expect(await wholeWay(host, home, how)).toContain('because SSH forwards nothing');
    }));

  test('SysV init instead of systemd', () =>
    on({ suite: 'bookworm', variant: 'sysv' }, async (host, home, how) => {
      const told = await wholeWay(host, home, how);
      expect(told).toContain('"command":"sudo service mosquitto restart"');
    }));

  // As between two attempts to start: a race between the two was once taken for "started by hand".
  test('a service whose main process systemd does not know', () =>
    on({ suite: 'trixie' }, async (host, home, how) => {
      const script = `folder=/etc/systemd/system/mosquitto.service.d
        start='/usr/sbin/mosquitto -d -c /etc/mosquitto/mosquitto.conf'
        mkdir -p $folder
        printf '[Service]\\nType=forking\\nGuessMainPID=no\\nExecStart=\\nExecStart=%s\\n' "$start" >$folder/forks.conf
        systemctl daemon-reload
        systemctl restart mosquitto
        [ "$(systemctl show mosquitto -p MainPID)" = MainPID=0 ]`;
      await host.succeed(['sh', '-euc', script]);
      await wholeWay(host, home, how);
    }));

  test('a broker that is no service: nothing is begun that could not be undone', () =>
    on({ suite: 'trixie', variant: 'cron' }, async (host, home, how) => {
      const before = await observe.tree(host);
      expectTold(await home.run('run', ...how), {
        code: 1,
        what: `Mosquitto runs on radxa@${host.address}, but not as a service.`,
        likely: 'It was started by cron.service, and is no service of its own',
        next: 'start it as a service ("sudo systemctl enable --now mosquitto")',
        detail: 'mosquitto -d -c /etc/mosquitto/mosquitto.conf',
      });
      expect(await observe.tree(host)).toBe(before);
      expect(observe.there(home, 'authority')).toBe(false);
      expect(await observe.anonymous(host)).toBe(0);
    }));
});
