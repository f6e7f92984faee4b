import { expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import type { StartingConfiguration } from '../../support/hosts/prepare.ts';
import type { Suite } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import { statusReport } from '../../support/program/contract.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

// Brokers that let a client do less than ours asked for: they are set up, and what was seen of them is true.

onHosts('a broker that allows less', limit, () => {
  const suites = ['bookworm', 'trixie', 'forky'] as const;

  async function secured(suite: Suite, lines: string[], acl?: string) {
    const config: StartingConfiguration = {
      '/etc/mosquitto/conf.d/access.conf': [...lines, ''].join('\n'),
      ...(acl === undefined ? {} : { '/etc/mosquitto/acl': acl }),
    };
    await using host: TestHost = await bootHost({ suite, config });
    await using home = await newHome();
    const how = await reaching(host, home);
    const before = await observe.tree(host);
    // There is no dead end behind step 2, whatever could be shown there.
    const shown = await home.run('run', ...how, '--through', 'anonymous');
    expect(shown, shown.stdout + shown.stderr).toMatchObject({ code: 0 });
    const { steps } = statusReport.parse(
      JSON.parse((await home.run('status', ...how, '--json')).stdout),
    );
    expect(steps.find(({ id }) => id === 'anonymous')).toMatchObject({ status: 'done' });
    const run = await home.run('run', ...how);
    expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
    const verified = await home.run('verify', ...how, '--json');
    expect(JSON.parse(verified.stdout), verified.stdout).toMatchObject({ failed: 0 });
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
    return shown.stdout + run.stdout;
  }

  const listed = ['allow_anonymous true', 'acl_file /etc/mosquitto/acl', 'listener 1883'];

  test.each(suites)('an access list that does not know test/test: %s', async (suite) => {
    const acl = 'topic read sensors/#\npattern readwrite devices/%u/#\n';
    const told = await secured(suite, listed, acl);
    expect(told).toContain(
      'accepted the connection. Its access list lets it read, not write: no message was sent.',
    );
    expect(told).toContain(
      'client01 sends Test1 to devices/client01/lockstep over mutual TLS, seen from here: The message came back',
    );
    // It does allow it.
    expect(told).not.toContain('it must allow');
  });

  test('an access list that lets this client read only', async () => {
    const acl = 'user client01\ntopic read roof/#\n';
    const told = await secured('trixie', listed, acl);
    expect(told).toContain('lets it read, not write: no message was sent.');
    expect(told).toContain('client01 connects with its certificate, seen from here: The broker at');
  });

  test.each(suites)('a short keepalive and small qualities of service: %s', async (suite) => {
    const told = await secured(suite, [
      'allow_anonymous true',
      'max_keepalive 10',
      'listener 1883',
      'max_qos 0',
    ]);
    expect(told).toContain('"Test1" sent to test/test by nobody in particular');
    expect(told).toContain(
      'client01 sends Test1 to test/test over mutual TLS, seen from here: The message came',
    );
  });

  test('a keepalive by which 2.0.21 hangs up on whoever has just come, at random', async () => {
    // Of so many knocks some are hung up on.
    const many = Array.from({ length: 12 }, (_, index) => `listener ${2001 + index}`);
    const told = await secured('trixie', [
      'allow_anonymous true',
      'max_keepalive 60',
      'listener 1883',
      ...many,
    ]);
    expect(told).toContain('"Test1" sent to test/test by nobody in particular');
  });

  test('a place of its own in the tree of topics goes along to the port for certificates', async () => {
    const told = await secured('trixie', [
      'allow_anonymous true',
      'listener 1883',
      'mount_point site-a/',
      'max_connections 50',
    ]);
    expect(told).toContain('"Test1" sent to test/test by nobody in particular');
    expect(told).toContain(
      'Port 8883 takes over "mount_point site-a/", "max_connections 50", so that clients that move find it as before.',
    );
    expect(told).toContain(
      'client01 sends Test1 to test/test over mutual TLS, seen from here: The message came',
    );
  });

  // Whoever connects chooses its own id: that is no lock, and ours begin as they must.
  test('client ids that must begin with something: what refuses is not that', async () => {
    await using host = await bootHost({
      suite: 'trixie',
      config: {
        '/etc/mosquitto/conf.d/access.conf':
          'allow_anonymous true\nclientid_prefixes site-\nlistener 1883\n',
      },
    });
    await using home = await newHome();
    const run = await home.run('run', ...(await reaching(host, home)), '--through', 'anonymous');
    expect(run, run.stdout).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('"Test1" sent to test/test by nobody in particular');
  });

  test('shorter than any of ours, and another version of MQTT than is usual', async () => {
    const told = await secured('forky', [
      'allow_anonymous true',
      // At 3, 2.1.2 hangs up on who has just come ("exceeded timeout"), at random.
      'max_keepalive 4',
      'listener 1883',
      'accept_protocol_versions 5',
    ]);
    expect(told).toContain('"Test1" sent to test/test by nobody in particular');
  });
});
