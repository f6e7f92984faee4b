import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { base } from '../../support/hosts/base.ts';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { auditReport, verification } from '../../support/program/contract.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

const own = '/opt/mosquitto/sbin/mosquitto';
const planted = '/var/tmp/planted/mosquitto';

/** Not a broker: it leaves a word, and says another version. */
const marker = `#!/bin/sh
echo "$@" >>/var/tmp/ran
echo mosquitto version 2.1.2
`;

const configured = '-c /etc/mosquitto/mosquitto.conf';

async function startedAs(host: TestHost, command: string) {
  const settings = `[Service]\nType=simple\nExecStart=\nExecStart=${command} ${configured}\n`;
  await host.writeFile('/etc/systemd/system/mosquitto.service.d/own.conf', settings);
  await host.succeed(['systemctl', 'daemon-reload']);
  await host.succeed(['systemctl', 'restart', 'mosquitto']);
}

onHosts('a broker that is not the mosquitto of the path', limit, () => {
  test('is asked for its version, and tried; no other program is run', async () => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const { root } = await base('bookworm');
    const older = await readFile(join(root, 'usr/sbin/mosquitto'));
    await host.writeFile(own, older, { mode: 0o755 });
    for (const path of ['/usr/local/bin/mosquitto', planted])
      await host.writeFile(path, marker, { mode: 0o755, owner: 'nobody:nogroup' });
    await host.succeed(['chown', 'nobody', '/var/tmp/planted']);
    const version = async () => {
      const { stdout } = await home.run('verify', ...how, '--json');
      return verification.parse(JSON.parse(stdout)).version;
    };

    await startedAs(host, own);
    const before = await observe.tree(host);
    const run = await home.run('run', ...how);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain('Mosquitto 2.0.11;');
    expect(run.stdout).toContain('Tried and proved beside the broker');
    expect(await version()).toBe('2.0.11');
    expect(await host.read('/var/tmp/ran')).toBeNull();

    // An upgrade that the broker has not met yet is told of the program that runs.
    await host.succeed(['sh', '-c', observe.aged]);
    await host.succeed(['sh', '-c', `cp ${own} ${own}.new && mv ${own}.new ${own}`]);
    const { findings } = auditReport.parse(
      JSON.parse((await home.run('audit', ...how, '--json')).stdout),
    );
    const untried = findings.filter(({ id }) => id === 'untried-start').map(({ file }) => file);
    expect(untried).toEqual([own]);

    // A process may call itself what it likes: root runs nothing that somebody else can have put there.
    await startedAs(host, `@/usr/sbin/mosquitto ${planted}`);
    expect(await version()).toBe('2.0.21');
    expect((await home.run('status', ...how)).code).toBe(0);
    expect(await host.read('/var/tmp/ran')).toBeNull();
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
  });

  test('is found where a script has started it by its name alone, and is not mistaken for another', async () => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const { root } = await base('bookworm');
    const older = await readFile(join(root, 'usr/sbin/mosquitto'));
    const launcher = '/usr/local/bin/launcher';
    const script = '#!/bin/sh\nPATH=/opt/mosquitto/sbin:$PATH\nexec mosquitto "$@"\n';
    await host.writeFile(launcher, script, { mode: 0o755 });

    await host.writeFile(own, older, { mode: 0o755 });
    await startedAs(host, launcher);
    const run = await home.run('run', ...how);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain('Mosquitto 2.0.11;');
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    // While it does not run, nobody can tell; the one in the path is taken.
    await host.succeed(['systemctl', 'stop', 'mosquitto']);
    expect((await home.run('audit', ...how)).stdout).toContain('Mosquitto 2.0.21');

    const refused = {
      code: 1,
      what: `The broker that runs on radxa@${host.address} cannot be tried.`,
      likely: `It is ${own}, which others than root can change, and not /usr/sbin/mosquitto.`,
      next: 'to root alone',
    };
    await host.succeed(['chown', 'nobody', own]);
    await host.succeed(['systemctl', 'start', 'mosquitto']);
    for (const command of ['audit', 'run']) expectTold(await home.run(command, ...how), refused);

    // Its arguments name another one.
    await host.succeed(['chown', 'root', own]);
    await startedAs(host, `@${own} /usr/sbin/mosquitto`);
    const before = await observe.service(host);
    expectTold(await home.run('run', ...how), {
      code: 1,
      what: `The broker that runs on radxa@${host.address} is ${own}, and not /usr/sbin/mosquitto.`,
      likely: 'under the name of another program',
      next: 'full path',
    });
    expect(await observe.service(host)).toEqual(before);
    expect(await observe.anonymous(host)).toBe(0);
  });
});
