import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { succeed } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents, verification } from '../../support/program/contract.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

// `--broker local`: the program runs on the broker's machine, and the broker listens where it likes.

onHosts("on the broker's own machine", limit, () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await bootHost({ suite: 'trixie' });
    const script = `tar -C "$1" -c dist src/launcher.cjs package.json node_modules/node/bin/node |
      nsenter --target="$2" --all sh -c 'mkdir /opt/lockstep && tar -C /opt/lockstep -x --no-same-owner'`;
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    await succeed(['bash', '-euo', 'pipefail', '-c', script, 'copy', root, `${host.leader()}`]);
    await host.succeed(['ip', 'address', 'add', '192.0.2.2/32', 'dev', 'lo']);
    await host.succeed(['ip', 'address', 'add', '2001:db8::2/128', 'dev', 'lo']);
  }, limit.timeout);
  afterAll(() => host?.close());

  const lockstep = (...words: string[]) =>
    host.exec(
      ['/opt/lockstep/node_modules/node/bin/node', '/opt/lockstep/src/launcher.cjs', ...words],
      { timeoutSeconds: 120 },
    );

  test.each([
    [
      'an address of a network, as the article has it',
      2,
      (lan: string) => [`listener 1883 ${lan}`],
    ],
    ['both addresses of localhost', 4, () => ['listener 1883 localhost']],
    ['IPv6', 2, () => ['listener 1883 2001:db8::2']],
    ['IPv6 alone, every address', 2, () => ['listener 1883', 'socket_domain ipv6']],
    ['an interface', 2, () => ['listener 1883', 'bind_interface eth0']],
    [
      'several addresses and a socket',
      5,
      (lan: string) => [
        'listener 1883 192.0.2.2',
        `listener 1884 ${lan}`,
        'listener 1885 ::1',
        'listener 0 /run/mosquitto/broker.sock',
      ],
    ],
  ] as const)('%s', async (_, doors, lines) => {
    const listeners = lines(host.address);
    await host.writeFile(
      '/etc/mosquitto/conf.d/access.conf',
      ['allow_anonymous true', ...listeners, ''].join('\n'),
    );
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    const before = await observe.tree(host);
    const run = await lockstep('run', '--broker', 'local', '--json');
    expect(run, run.stdout).toMatchObject({ code: 0, stderr: '' });
    const events = runEvents(run.stdout);
    expect(events.at(-1)).toMatchObject({ result: 'secured' });
    // Step 2 saw what there was to see.
    expect(
      events.find((one) => one.event === 'evidence' && one.step === 'anonymous'),
    ).toMatchObject({ expect: 'accepted', observed: 'accepted', pass: true });
    const verified = await lockstep('verify', '--broker', 'local', '--json');
    const { checks, failed } = verification.parse(JSON.parse(verified.stdout));
    expect(failed, verified.stdout).toBe(0);
    const knocked = checks.filter(({ id }) => /^listener:.*:anonymous$/.test(id));
    expect(knocked).toHaveLength(doors);
    for (const one of knocked) expect(one).toMatchObject({ observed: 'refused' });
    expect(await lockstep('undo', '--broker', 'local')).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
  });

  test.each([
    ['rootpw', 'sudo on local wants the password of root.'],
    ['targetpw', 'sudo on local wants the password of root.'],
    ['passwd_tries=1', 'sudo on local refused the password.'],
  ])('whose password sudo wants is told, where it is set so (%s)', async (setting, message) => {
    const { user, password } = host.ssh;
    const [rule, file] = ['/etc/sudoers.d/whose', '/tmp/password'];
    // Right as one's own where another one is wanted, else wrong.
    const given = /pw$/.test(setting) ? password : 'wrong';
    await host.writeFile(rule, `Defaults:${user} ${setting}\n`, { mode: 0o440 });
    await host.writeFile(file, `${given}\n`, { mode: 0o600 });
    await host.succeed(['chown', user, file]);
    const run = await host.exec([
      ...['runuser', '-u', user, '--', 'env', `HOME=/home/${user}`],
      ...['/opt/lockstep/node_modules/node/bin/node', '/opt/lockstep/src/launcher.cjs'],
      ...['status', '--broker', 'local', '--sudo-password-file', file],
    ]);
    await host.succeed(['rm', rule, file]);
    expect(run.code, run.stdout).toBe(1);
    expect(run.stdout + run.stderr).toContain(message);
  });
});
