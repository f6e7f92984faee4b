import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { goesBackAfter, killedBeforeTheProof } from '../../support/program/before-the-proof.ts';
import { runEvents } from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

/** As distributions and guides have it, for several brokers on one machine. */
const template = `[Unit]
Description=Broker of %i
[Service]
Type=notify
ExecStart=/usr/sbin/mosquitto -c /etc/mosquitto/%I.conf
[Install]
WantedBy=multi-user.target
`;

const open = (port: number) => `listener ${port}\nallow_anonymous true\n`;

async function withUnits(host: TestHost, files: Record<string, string>, ...units: string[]) {
  for (const [path, text] of Object.entries(files)) await host.writeFile(path, text);
  await host.succeed(['systemctl', 'disable', '--now', 'mosquitto']);
  await host.succeed(['systemctl', 'daemon-reload']);
  await host.succeed(['systemctl', 'enable', '--now', ...units]);
}

const property = async (host: TestHost, unit: string, name: string) =>
  (await host.succeed(['systemctl', 'show', unit, '--value', '-p', name])).trim();

async function secured(host: TestHost, home: Home, how: string[]) {
  const run = await home.run('run', ...how, '--json');
  expect(run.code, run.stderr).toBe(0);
  expect(runEvents(run.stdout).at(-1)).toMatchObject({ result: 'secured' });
  expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
  return runEvents(run.stdout);
}

onHosts('a broker whose service is not called mosquitto', limit, () => {
  test('an instance of a template: the whole way, and a power cut before the proof', async () => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const unit = 'mosquitto@site-a.service';
    const main = '/etc/mosquitto/site/a.conf';
    const files = { '/etc/systemd/system/mosquitto@.service': template, [main]: open(1883) };
    await withUnits(host, files, unit);
    const how = await reaching(host, home);
    expect(await home.run('run', ...how, '--through', 'distribute')).toMatchObject({ code: 0 });
    const before = await observe.tree(host);
    await killedBeforeTheProof(home, [...how, ...(await goesBackAfter(300, home))]);
    expect(await observe.tree(host)).not.toBe(before);
    const atBoot = await host.succeed(['cat', '/etc/systemd/system/mqtt-lockstep-undo.service']);
    expect(atBoot.split('\n')).toContain(`Before=${unit}`);
    expect(atBoot).toMatch(
      /^RequiresMountsFor=\/var\/lib\/mqtt-lockstep .*\/etc\/mosquitto\/site\/a\.d /m,
    );
    await host.reboot('power-cut');
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);
    // With what is back from its first start on: nothing listened at the port for certificates since.
    const journal = await host.succeed(['journalctl', '-b', '-u', unit, '-o', 'cat']);
    expect(journal).toContain('port 1883');
    expect(journal).not.toContain('port 8883');

    const events = await secured(host, home, how);
    expect(events.filter(({ event }) => event === 'change')).toContainEqual(
      expect.objectContaining({ action: 'restart', command: `sudo systemctl restart ${unit}` }),
    );
    expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
    expect(await home.run('status', ...how)).toMatchObject({ code: 0 });
    // Down, and not to be found by its process any more.
    await host.succeed(['sh', '-c', `echo nonsense >>${main}; systemctl restart ${unit} || :`]);
    expect(await home.run('undo', ...how, '--yes')).toMatchObject({ code: 0 });
    expect(await observe.anonymous(host)).toBe(0);
    expect(await property(host, 'mosquitto', 'ActiveState')).toBe('inactive');
  });

  test('two brokers: asked which; the other one is left alone', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    await using home = await newHome();
    const [a, b] = ['mosquitto@site.service', String.raw`mosquitto@site\x2db.service`] as const;
    await withUnits(
      host,
      {
        '/etc/systemd/system/mosquitto@.service': template,
        '/etc/mosquitto/site.conf': open(1884),
        '/etc/mosquitto/site-b.conf': open(1883),
      },
      a,
      b,
    );
    const how = await reaching(host, home);
    const before = await observe.tree(host);
    const pid = await property(host, a, 'MainPID');
    const asked = await home.run('run', ...how);
    expectTold(asked, {
      code: 2,
      what: `Several brokers run on radxa@${host.address}.`,
      likely: 'Each is a service of its own',
      next: '--unit mosquitto@site.service',
      detail: /-c \/etc\/mosquitto\/site\.conf/,
    });
    expect(asked.stderr).toContain(b);
    expect(observe.there(home, 'authority')).toBe(false);
    expectTold(await home.run('run', ...how, '--unit', 'mosquitto-of-nobody'), {
      code: 2,
      what: `There is no service mosquitto-of-nobody.service on radxa@${host.address}.`,
      likely: 'another name',
      next: '--unit mosquitto@site.service',
    });

    const events = await secured(host, home, [...how, '--unit', b]);
    expect(events.filter(({ event }) => event === 'change')).toContainEqual(
      expect.objectContaining({ command: `sudo systemctl restart '${b}'` }),
    );
    expect(await property(host, a, 'MainPID')).toBe(pid);
    expect(await observe.anonymous(host, 1884)).toBe(0);
    expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
    // The other one from somewhere else; then all is put back, and both brokers are told.
    await using elsewhere = await newHome();
    const answers = join(elsewhere.folder, 'answers.yaml');
    await writeFile(answers, `unit: ${a}\nports: { plain: 1884, tls: 8884 }\n`);
    const also = [...(await reaching(host, elsewhere)), '--answers', answers];
    expect(await elsewhere.run('run', ...also)).toMatchObject({ code: 0 });
    expect(await observe.anonymous(host, 1884)).toBe(observe.notAuthorised);
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);
    expect(await observe.anonymous(host, 1884)).toBe(0);

    // One file for both would be changed for both.
    await host.succeed(['mkdir', '-p', '/etc/mosquitto/shared']);
    await host.succeed([
      ...['sh', '-euc', 'mv "$1" "$2/b.conf"; echo "include_dir $2" | tee -a "$1" >>"$3"', 'share'],
      ...['/etc/mosquitto/site-b.conf', '/etc/mosquitto/shared', '/etc/mosquitto/site.conf'],
    ]);
    expectTold(await home.run('run', ...how), {
      code: 1,
      what: `/etc/mosquitto/shared/b.conf is also read by another broker, ${a}.`,
      likely: 'what is changed for one changes the other',
      next: 'files of its own',
    });

    // The service of the usual name is what is meant where nothing else is said.
    await using another = await newHome();
    await host.succeed(['systemctl', 'stop', b]);
    await host.succeed(['systemctl', 'enable', '--now', 'mosquitto']);
    const usual = await another.run('run', ...how, '--json', '--dry-run');
    expect(usual.code, usual.stderr).toBe(0);
    expect(usual.stdout).toContain('"sudo systemctl restart mosquitto"');
  });

  test('any name, started by a script, beside a package that is switched off', async () => {
    await using host = await bootHost({ suite: 'forky' });
    await using home = await newHome();
    const unit = 'snap.mosquitto.mosquitto.service';
    const main = '/var/snap/mosquitto/common/mosquitto.conf';
    await host.writeFile('/usr/local/bin/launcher', `#!/bin/sh\nmosquitto -c ${main} & wait\n`, {
      mode: 0o755,
    });
    const service =
      '[Service]\nExecStart=/usr/local/bin/launcher\n[Install]\nWantedBy=multi-user.target\n';
    const files = { [`/etc/systemd/system/${unit}`]: service, [main]: open(1883) };
    await withUnits(host, files, unit);
    const how = await reaching(host, home);
    await secured(host, home, how);
    expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
    expect(await host.stat('/var/snap/mosquitto/common/conf.d/access.conf')).not.toBeNull();
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.anonymous(host)).toBe(0);
    expect(await property(host, 'mosquitto', 'ActiveState')).toBe('inactive');
  });
});
