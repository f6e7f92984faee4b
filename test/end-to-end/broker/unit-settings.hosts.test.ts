import { expect, test } from 'vitest';
import { bootHost } from '../../support/hosts/host.ts';
import { until } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

const dropIn = '/etc/systemd/system/mosquitto.service.d/own.conf';

onHosts('a unit whose settings keep a change from being used', limit, () => {
  test('is told at the first look, and nothing is made', async () => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const how = await reaching(host, home);
    await host.writeFile('/etc/mosquitto/own.conf', 'include_dir /etc/mosquitto/conf.d\n');
    const before = await observe.tree(host);
    const state = async () =>
      (
        await host.succeed(['systemctl', 'show', 'mosquitto', '--value', '-p', 'ActiveState'])
      ).trim();
    const told = async (settings: string, active: string) => {
      await host.writeFile(dropIn, `[Service]\n${settings}`);
      await host.succeed(['systemctl', 'daemon-reload']);
      await host.succeed(['systemctl', 'restart', '--no-block', 'mosquitto']);
      await until(`the service to be ${active}`, 30, async () => (await state()) === active);
      const run = await home.run('run', ...how);
      expect(observe.there(home, 'authority')).toBe(false);
      expect(await observe.tree(host)).toBe(before);
      return run;
    };
    await host.succeed(['sh', '-c', 'cp -a /etc/mosquitto /srv/mosq']);

    // The user of the package has another name than this one.
    const dynamic = 'ExecStartPre=\nDynamicUser=yes\nUser=broker\n';
    const start = 'ExecStart=\nExecStart=/usr/sbin/mosquitto -c /etc/mosquitto/own.conf\n';
    expectTold(await told(`${dynamic}${start}`, 'active'), {
      code: 1,
      what: 'The service mosquitto runs as a user who exists only while it runs.',
      likely: 'DynamicUser=yes',
      next: '"User=mosquitto"',
    });
    const given = '/etc/passwd /etc/group /etc/nsswitch.conf /etc/ssl';
    const few =
      '/etc/mosquitto/mosquitto.conf /etc/mosquitto/conf.d /etc/mosquitto/ca_certificates';
    const hidden = `TemporaryFileSystem=/etc:ro\nBindReadOnlyPaths=${few} ${given}\n`;
    expectTold(await told(hidden, 'active'), {
      code: 1,
      what: 'The service mosquitto does not see /etc/mosquitto/certs.',
      likely: 'TemporaryFileSystem=/etc:ro',
      next: 'BindReadOnlyPaths=/etc/mosquitto/certs',
    });
    expectTold(await told('BindPaths=/srv/mosq:/etc/mosquitto\n', 'active'), {
      code: 1,
      what: 'The service mosquitto sees something else as /etc/mosquitto/mosquitto.conf.',
      likely: 'BindPaths=/srv/mosq:/etc/mosquitto',
      next: 'systemctl edit mosquitto',
    });

    // It serves all the while, and nobody tells systemd.
    const silent =
      "ExecStart=\nExecStart=/bin/sh -c 'unset NOTIFY_SOCKET; exec mosquitto -c /etc/mosquitto/mosquitto.conf'\n";
    expectTold(await told(silent, 'activating'), {
      code: 1,
      what: /^The service mosquitto on .* does not come to its start\.$/,
      likely: 'does not tell systemd that it is ready',
      next: 'Type=simple',
      detail: 'ActiveState=activating',
    });
    expect(await observe.anonymous(host)).toBe(0);
    // As it says itself, that is put right so; and what only hides other folders is no hindrance.
    const simple = 'Type=simple\nProtectSystem=strict\nReadWritePaths=/var /run\nProtectHome=yes\n';
    await host.writeFile(dropIn, `[Service]\n${silent}${simple}`);
    await host.succeed(['systemctl', 'daemon-reload']);
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
  });

  test('where no setting tells it, it is seen before the configuration is changed', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const mounted =
      'mount --bind /srv/mosq /etc/mosquitto; exec mosquitto -c /etc/mosquitto/mosquitto.conf';
    const start = `ExecStart=\nExecStart=/usr/bin/unshare -m sh -c '${mounted}'\n`;
    await host.succeed(['sh', '-c', 'cp -a /etc/mosquitto /srv/mosq']);
    await host.writeFile(dropIn, `[Service]\n${start}`);
    await host.succeed(['systemctl', 'daemon-reload']);
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    expect(await home.run('run', ...how, '--through', 'distribute')).toMatchObject({ code: 0 });
    const before = await observe.tree(host);
    expectTold(await home.run('run', ...how), {
      code: 1,
      what: /^The broker on .* does not see \/etc\/mosquitto\/mosquitto\.conf\.$/,
      likely: 'a file system of its own',
      next: 'The configuration was not changed.',
    });
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);
  });
});

onHosts('a configuration that is written anew at each start', limit, () => {
  test.each([
    ['before it', 'ExecStartPre=/usr/local/bin/generate\n', '/usr/local/bin/generate makes it'],
    [
      'by what starts it',
      'ExecStart=\nExecStart=/usr/local/bin/start-broker\nNotifyAccess=all\n',
      '/usr/local/bin/start-broker makes it',
    ],
  ])('%s: is put back, and told as what it is', async (_, settings, by) => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const access = '/etc/mosquitto/conf.d/access.conf';
    const generate = `#!/bin/sh\nprintf 'listener 1883\\nallow_anonymous true\\n' >${access}\n`;
    const start =
      '#!/bin/sh\n/usr/local/bin/generate\nexec mosquitto -c /etc/mosquitto/mosquitto.conf\n';
    await host.writeFile('/usr/local/bin/generate', generate, { mode: 0o755 });
    await host.writeFile('/usr/local/bin/start-broker', start, { mode: 0o755 });
    await host.writeFile(dropIn, `[Service]\n${settings}`);
    await host.succeed(['systemctl', 'daemon-reload']);
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    const before = await host.read(access);
    expectTold(await home.run('run', ...how), {
      code: 1,
      what: 'The change was put back: the broker serves as it did before.',
      likely: new RegExp(
        `^ *The configuration was written anew when the broker started\\. ${access} .*${by}`,
      ),
      next: 'systemctl cat mosquitto',
    });
    expect(await host.read(access)).toEqual(before);
    expect(await observe.anonymous(host)).toBe(0);
  });
});
