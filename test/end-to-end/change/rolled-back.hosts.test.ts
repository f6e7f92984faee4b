import { expect, test } from 'vitest';
import { bootHost } from '../../support/hosts/host.ts';
import { suites } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents } from '../../support/program/contract.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

const access = '/etc/mosquitto/conf.d/access.conf';

onHosts('a hardened broker that does not come up', limit, () => {
  test.each(suites)('on %s: its port is taken by another program', async (suite) => {
    await using host = await bootHost({ suite });
    await using home = await newHome();
    const how = await reaching(host, home);
    expect(await home.run('run', ...how, '--through', 'distribute')).toMatchObject({ code: 0 });
    const before = await observe.tree(host);
    // One that comes between the look and the start.
    const units = '/etc/systemd/system';
    await host.writeFile(`${units}/taker.socket`, '[Socket]\nListenStream=8883\n');
    await host.writeFile(`${units}/taker.service`, '[Service]\nExecStart=/bin/sleep infinity\n');
    const first = '[Service]\nExecStartPre=+/bin/systemctl start taker.socket\n';
    await host.writeFile(`${units}/mosquitto.service.d/first.conf`, first);
    await host.succeed(['systemctl', 'daemon-reload']);

    const run = await home.run('run', ...how, '--json');
    expectTold(run, {
      code: 1,
      what: 'The change was put back: the broker serves as it did before.',
      likely: /did not start\. Another program there uses the port/,
      next: '"sudo ss -ltnp" there shows which.',
      // The broker's own words.
      detail: /Opening ipv[46] listen socket on port 8883\.\n.*Error: Address already in use/,
    });
    const events = runEvents(run.stdout);
    expect(events.slice(-2)).toMatchObject([
      { event: 'step', step: 'harden', status: 'failed' },
      { event: 'end', result: 'rolled-back' },
    ]);
    expect(await observe.tree(host)).toBe(before);
    expect((await observe.service(host)).state).toBe('active');
    expect(await observe.anonymous(host)).toBe(0);

    await host.succeed(['rm', `${units}/mosquitto.service.d/first.conf`]);
    await host.succeed(['systemctl', 'daemon-reload']);
    await host.succeed(['systemctl', 'stop', 'taker.socket', 'taker.service']);
    const again = await home.run('run', ...how, '--json');
    expect(runEvents(again.stdout).at(-1)).toMatchObject({ result: 'secured' });
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
  });

  test('its key is made unreadable at each start, by a unit of somebody else', async () => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const configuration = String(await host.read(access));
    const hostile = "[Service]\nExecStartPre=-/bin/sh -c 'chmod 0 /etc/mosquitto/certs/*/*.key'\n";
    await host.writeFile('/etc/systemd/system/mosquitto.service.d/hostile.conf', hostile);
    await host.succeed(['systemctl', 'daemon-reload']);

    const run = await home.run('run', ...how, '--json');
    expectTold(run, {
      code: 1,
      what: 'The change was put back: the broker serves as it did before.',
      likely: 'The broker runs as a user who may not read a file that its configuration names.',
      next: 'Look at the owner and mode of that file',
      detail: /Unable to load server key file .*\/[\d.]+\.key[\s\S]*Permission denied/,
    });
    expect(runEvents(run.stdout).at(-1)).toMatchObject({ result: 'rolled-back' });
    expect(String(await host.read(access))).toBe(configuration);
    expect((await observe.service(host)).state).toBe('active');
    expect(await observe.anonymous(host)).toBe(0);
    expect(host.listens(8883)).toBe(false);
  });
});
