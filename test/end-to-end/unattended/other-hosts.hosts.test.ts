import { expect, test } from 'vitest';
import { bootHost, type HostOptions, type TestHost } from '../../support/hosts/host.ts';
import { program, until } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents } from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

const main = '/etc/mosquitto/mosquitto.conf';

/** The files that a run told of changing. */
const changedFiles = (told: string) =>
  runEvents(told).flatMap((one) => (one.event === 'change' && 'path' in one ? [one.path] : []));

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

  test.each([
    ['prints a blank line', 'echo', /^\n:$/],
    [
      'prints a banner, here and there',
      'seq -f "Welcome! This is line %g of many, and not what was asked for." 3000; echo Welcome >&2',
      /^Welcome!(.*\n){3000}:$/,
    ],
    ['exports POSIXLY_CORRECT', 'export POSIXLY_CORRECT=1', /^:1$/],
  ])('a login shell that %s', (_, line, shows) =>
    on({ suite: 'trixie' }, async (host, home, how) => {
      const shell = '/usr/local/bin/their-shell';
      const script = `printf '#!/bin/sh\\n%s\\nexec /bin/bash "$@"\\n' "$1" >${shell}
        chmod 755 ${shell}; echo ${shell} >>/etc/shells; usermod -s ${shell} radxa`;
      await host.succeed(['sh', '-euc', script, 'sh', line]);
      // Otherwise it would prove nothing.
      const said = await host.succeed(['su', 'radxa', '-c', 'printf ":$POSIXLY_CORRECT"']);
      expect(said).toMatch(shows);
      await wholeWay(host, home, how);
      const status = await home.run('status', ...how);
      expect(status.stdout, status.stderr).toMatch(/^1 Inspect +done /m);
    }),
  );

  test('a password at login', () =>
    on({ suite: 'trixie', variant: 'password-login' }, async (host, home, how) => {
      const password = how[5] ?? '';
      await wholeWay(host, home, [...how, '--password-file', password]);
    }));

  test('an SSH server that forwards nothing: the trial starts, and it is said how far that went', () =>
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

  test('tools written in Rust, whose words and ways are their own', () =>
    on({ suite: 'trixie', variant: 'rust-coreutils' }, async (host, home, how) => {
      expect(await host.succeed(['stat', '--version'])).toMatch(/^\S+ 0\.0\./);
      // Nothing that is looked for is there yet, and then a second release takes the place of the first.
      await host.succeed(['rm', '/etc/mosquitto/conf.d/access.conf']);
      const open = 'printf "listener 1883\\nallow_anonymous true\\n" >>"$0"';
      await host.succeed(['sh', '-c', open, main]);
      await host.succeed(['systemctl', 'restart', 'mosquitto']);
      const before = await observe.tree(host);
      expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
      const names = ['--name', 'other.lan', '--name', host.address];
      const second = await home.run('run', ...how, ...names, '--json');
      expect(runEvents(second.stdout).at(-1)).toMatchObject({ result: 'secured' });
      expect(changedFiles(second.stdout)).toContain('/etc/mosquitto/certs/current');
      expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
      expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
      expect(await observe.tree(host)).toBe(before);
      expect(await observe.anonymous(host)).toBe(0);
    }));

  test('a folder that ends in a slash', () =>
    on({ suite: 'trixie' }, async (host, home, how) => {
      await host.succeed(['sed', '-i', 's,^include_dir .*,&/,', main]);
      await host.succeed(['systemctl', 'restart', 'mosquitto']);
      const told = await wholeWay(host, home, how);
      expect(changedFiles(told)).not.toContain(main);
    }));

  test('relative names, and a working directory from which they count', () =>
    on({ suite: 'trixie' }, async (host, home, how) => {
      const script = `folder=/etc/systemd/system/mosquitto.service.d
        mkdir -p $folder
        printf '[Service]\\nWorkingDirectory=/etc/mosquitto\\nExecStart=\\nExecStart=%s\\n' \
          '/usr/sbin/mosquitto -c ./mosquitto.conf' >$folder/there.conf
        sed -i 's,^include_dir .*,include_dir ./conf.d,' $0
        systemctl daemon-reload
        systemctl restart mosquitto`;
      await host.succeed(['sh', '-euc', script, main]);
      const told = await wholeWay(host, home, how);
      expect(changedFiles(told)).not.toContain(main);
      await host.succeed(['sed', '-i', 's,^include_dir .*,include_dir ./nowhere,', main]);
      const audit = await home.run('audit', ...how, '--json');
      expect(JSON.parse(audit.stdout)).toMatchObject({
        firstError: "Error: Unable to open include_dir './nowhere'.",
      });
    }));

  test('an address that holds on one link, with the interface it is on', () =>
    on({ suite: 'trixie' }, async (host, home, how) => {
      const route = await program(['ip', '-o', 'route', 'get', host.address]);
      const device = / dev (\S+)/.exec(route.stdout)?.[1] ?? '';
      // Nobody can use one before it is known that no other has it (RFC 4862, 5.4).
      const settled = 'scope link -tentative'.split(' ');
      const show = (name: string) => ['ip', '-6', '-o', 'addr', 'show', 'dev', name, ...settled];
      const link = /fe80:[0-9a-f:]+/;
      await until('our own address on the link', 20, async () =>
        link.test((await program(show(device))).stdout),
      );
      const address = await until(
        'its address on the link',
        20,
        async () => link.exec(await host.succeed(show('eth0')))?.[0] ?? null,
      );
      const at = (broker: string) => ['--broker', `${host.ssh.user}@${broker}`, ...how.slice(2)];
      const plan = await home.run('run', ...at(`${address}%${device}`), '--dry-run', '--json');
      const named = runEvents(plan.stdout).flatMap((one) =>
        one.event === 'planned' && 'names' in one ? (one.names ?? []) : [],
      );
      // Where it is on the link is no part of it.
      expect(named.filter(({ signed }) => signed)).toEqual([
        { name: address, from: 'reached', signed: true },
        { name: 'localhost', from: 'loopback', signed: true },
        { name: '127.0.0.1', from: 'loopback', signed: true },
      ]);
      expect(await home.run('run', ...at(`${address}%${device}`))).toMatchObject({ code: 0 });
      expect(await home.run('undo', ...at(`${address}%${device}`))).toMatchObject({ code: 0 });
      await wholeWay(host, home, [...at(`${address}%${device}`), '--name', host.address]);
      expect((await home.run('audit', ...at(`[${address}%${device}]:22`))).stdout).toContain(
        '1883',
      );
    }));

  test('a configuration that is a link into a checkout', () =>
    on({ suite: 'trixie' }, async (host, home, how) => {
      const move = `mkdir -p "$1"; mv "$2" "$1"; ln -s "$1/\${2##*/}" "$2"; chown -R "$3:" "$1"`;
      const linked = (to: string, path: string, owner: string) =>
        host.succeed(['sh', '-euc', move, 'move', to, path, owner]);
      await linked('/srv/checkout', '/etc/mosquitto/conf.d/access.conf', 'root');
      await wholeWay(host, home, how);
      const audit = await home.run('audit', ...how, '--json');
      expect(JSON.parse(audit.stdout).findings).toContainEqual(
        expect.objectContaining({
          id: 'configuration-is-link',
          file: '/etc/mosquitto/conf.d/access.conf',
          message: expect.stringContaining('is a link to /srv/checkout/access.conf'),
        }),
      );
      // By way of a folder root would write where somebody else decides what is there.
      const dotfiles = `/home/${host.ssh.user}/dotfiles`;
      await linked(dotfiles, '/etc/mosquitto/conf.d', host.ssh.user);
      const before = await observe.tree(host);
      expectTold(await home.run('run', ...how), {
        code: 4,
        what: `${dotfiles}/conf.d on ${host.ssh.user}@${host.address} belongs to another user.`,
        likely: 'Whoever owns a folder can exchange what is put into it',
        next: 'give it to whom it should belong (chown)',
      });
      expect(await observe.tree(host)).toBe(before);
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
