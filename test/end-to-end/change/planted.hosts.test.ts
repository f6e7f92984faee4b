import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

// Somebody with an ordinary login on the broker's machine (here: nobody) got there first.
onHosts('what another user has planted on the broker’s machine', limit, () => {
  let host: TestHost;
  let home: Home;
  let how: string[];
  let keys: string[];
  beforeAll(async () => {
    host = await bootHost({ suite: 'bookworm' });
    home = await newHome();
    how = await reaching(host, home);
    keys = await observe.privateKeys(host);
    await host.succeed(['install', '-d', '-o', 'nobody', '-m', '0777', '/var/tmp/theirs']);
  }, limit.timeout);
  afterAll(async () => {
    await host?.close();
    await home?.remove();
  });

  const shell = (script: string) => host.succeed(['sh', '-euc', script]);
  const belongs = {
    code: 4,
    what: /belongs to another user\.$/,
    likely: /exchange what is put into it/,
    next: /chown/,
  };

  const planted = {
    code: 4,
    what: /could not be put into place/,
    likely: /Another user of that machine/,
    next: /remove it/,
    detail: /^ {4}\/var\/lib\/mqtt-lockstep (is a symbolic link|belongs to somebody else)$/,
  };

  test.each([
    ['certs of another user', 'chown nobody certs', 'chown root certs', belongs],
    [
      'certs in which all may write',
      'chmod 0777 certs',
      'chmod 0755 certs',
      {
        ...belongs,
        what: /All users can write in \/etc\/mosquitto\/certs/,
        next: /chmod o-w/,
        likely: /loose mode/,
      },
    ],
    [
      'certs as a link to a folder of theirs',
      'mv certs certs.was; ln -s /var/tmp/theirs certs',
      'rm certs; mv certs.was certs',
      { ...belongs, what: /\/var\/tmp\/theirs.* belongs to another user/ },
    ],
    [
      'ca_certificates as a link to nowhere',
      'mv ca_certificates ca.was; ln -s /var/tmp/theirs/not-yet ca_certificates',
      'rm ca_certificates; mv ca.was ca_certificates',
      { ...belongs, what: /a link that leads nowhere/, likely: /planted/, next: /Remove it/ },
    ],
    ['the configuration of another user', 'chown nobody conf.d', 'chown root conf.d', belongs],
    [
      'the journal as a link to a folder of theirs',
      'ln -s /var/tmp/theirs /var/lib/mqtt-lockstep',
      'rm -rf /var/lib/mqtt-lockstep',
      planted,
    ],
    [
      'the journal of another user',
      'install -d -o nobody /var/lib/mqtt-lockstep',
      'rm -rf /var/lib/mqtt-lockstep',
      planted,
    ],
  ])('is refused: %s', async (_, plant, clear, told) => {
    await shell(`cd /etc/mosquitto; ${plant}`);
    const before = await observe.tree(host);
    expectTold(await home.run('run', ...how), told);
    // Nothing of ours is anywhere: neither where it belongs nor where they wanted it.
    expect(await observe.privateKeys(host)).toEqual(keys);
    expect(await shell('ls -A /var/tmp/theirs')).toBe('');
    expect(await observe.tree(host)).toBe(before);
    await shell(`cd /etc/mosquitto; ${clear}`);
  });

  test('is refused: the folder of a client, on its machine', async () => {
    const there = `radxa@${host.address}`;
    const answers = join(home.folder, 'answers.yaml');
    const client = (folder: string) =>
      writeFile(answers, `clients:\n  - { name: shed, host: ${there}, folder: ${folder} }\n`);
    await client('/var/tmp/theirs/shed');
    expectTold(await home.run('run', ...how, '--answers', answers), {
      ...belongs,
      what: /\/var\/tmp\/theirs on .* belongs to another user/,
    });
    await shell('ln -s /var/tmp/theirs /tmp/shed; chown -h nobody /tmp/shed');
    await client('/tmp/shed');
    expectTold(await home.run('run', ...how, '--answers', answers), belongs);
    expect(await shell('ls -A /var/tmp/theirs; find / -xdev -name "shed.key"')).toBe('');
  });
});

// Anybody may start a program of that name, with whatever arguments.
onHosts('a broker that another user pretends to be', limit, () => {
  test('is not believed: neither where its configuration is nor who may read the key', async () => {
    await using host = await bootHost({ suite: 'bookworm', variant: 'sysv' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const theirs =
      'umask 0; mkdir -p /tmp/theirs/conf.d; echo "listener 1999" >/tmp/theirs/mosquitto.conf';
    await host.succeed(['runuser', '-u', 'nobody', '--', 'sh', '-euc', theirs]);
    await host.succeed(['service', 'mosquitto', 'stop']);
    const pretend =
      'runuser -u nobody -- mosquitto -c /tmp/theirs/mosquitto.conf >/dev/null 2>&1 & until pgrep -x mosquitto; do sleep 0.05; done';
    await host.succeed(['sh', '-euc', pretend]);

    const stopped = await home.run('run', ...how);
    expect(stopped.stderr).toContain('Mosquitto is installed, but it is not running.');
    expect(stopped.stdout + stopped.stderr).not.toContain('theirs');

    await host.succeed(['service', 'mosquitto', 'start']);
    const run = await home.run('run', ...how);
    expect(run).toMatchObject({ code: 0 });
    expect(
      await host.succeed([
        'find',
        '/tmp/theirs',
        '-newer',
        '/tmp/theirs/mosquitto.conf',
        '-type',
        'f',
      ]),
    ).toBe('');
    const key = `/etc/mosquitto/certs/current/${host.address}.key`;
    expect(await observe.readers(host, key, ['mosquitto', 'nobody'])).toEqual(['mosquitto']);
  });
});
