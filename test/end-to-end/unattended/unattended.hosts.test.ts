import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import type { ProgramResult } from '../../support/hosts/program.ts';
import { brokerVersions, suites } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import {
  auditReport,
  runEvents,
  statusReport,
  undone,
  verification,
} from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

/** What the host says of itself, and nobody else. */
const claimed = ['rock-4se.lan', 'rock-4se'];
const itself = ['localhost', '127.0.0.1'];
const certificates = '/etc/mosquitto/certs';

// One broker from its start to its undoing: the tests of a host build on each other, in order.
onHosts.each(suites)('an open broker on %s', limit, (suite) => {
  let host: TestHost;
  let home: Home;
  let how: string[];
  let key: string;
  let before: string;
  let keysBefore: string[];
  let rehearsed: ProgramResult;
  let first: ProgramResult;
  beforeAll(async () => {
    host = await bootHost({ suite });
    home = await newHome();
    how = await reaching(host, home);
    key = `${certificates}/release-0001/${host.address}.key`;
    before = await observe.tree(host);
    keysBefore = await observe.privateKeys(host);
    rehearsed = await home.run('run', ...how, '--dry-run', '--json');
    first = await home.run('run', ...how, '--json');
  }, limit.timeout);
  afterAll(async () => {
    await host?.close();
    await home?.remove();
  });

  test('what was planned before there was anything is what is done', () => {
    expect(rehearsed).toMatchObject({ code: 0, stderr: '' });
    const told = (stdout: string, kind: 'planned' | 'change') =>
      runEvents(stdout)
        .flatMap((event) => (event.event === kind ? [event] : []))
        // A message of step 2 is no change to a machine; the change is kept when it is proved.
        .filter(({ action }) => action !== 'run')
        .map((event) => {
          const { step, host, action } = event;
          return [step, host, action, 'path' in event ? event.path : event.command].join(' ');
        })
        .sort();
    expect(told(rehearsed.stdout, 'planned')).toEqual(told(first.stdout, 'change'));
  });

  test('is secured by one command, which says in JSON what it does', () => {
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const events = runEvents(first.stdout);
    const steps = events.flatMap((event) => (event.event === 'step' ? [event] : []));
    expect(steps.map(({ step, status }) => `${step} ${status}`)).toEqual(
      [
        'inspect',
        'anonymous',
        'authority',
        'certificates',
        'distribute',
        'harden',
        'verify',
      ].flatMap((step) => [`${step} running`, `${step} done`]),
    );
    expect(events.at(-1)).toMatchObject({ event: 'end', result: 'secured' });
    expect(events.filter((event) => event.event === 'end')).toHaveLength(1);
    const changes = events.flatMap((event) => (event.event === 'change' ? [event] : []));
    expect(changes).toContainEqual({
      event: 'change',
      step: 'distribute',
      host: `radxa@${host.address}`,
      path: key,
      action: 'create',
      owner: 'mosquitto:mosquitto',
      mode: '0600',
    });
    expect(changes.filter(({ action }) => action === 'restart')).toEqual([
      expect.objectContaining({ step: 'harden', command: 'sudo systemctl restart mosquitto' }),
    ]);
  });

  test('lets in who has a certificate, and nobody else', async () => {
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
    const folder = join(home.site, 'clients/client01');
    const trusting = ['-h', host.address, '-p', '8883', '--cafile', join(folder, 'root_ca.crt')];
    expect((await observe.publish(trusting)).code).not.toBe(0);
    expect((await observe.publish(['-h', host.address, '-p', '8883'])).code).not.toBe(0);
  });

  test('speaks TLS 1.3 only', async () => {
    expect(await observe.openssl(host, home, 'tls1_3')).toMatchObject({ code: 0 });
    const old = await observe.openssl(host, home, 'tls1_2');
    expect(old.code).not.toBe(0);
    expect(old.stderr).toContain('protocol version');
  });

  test('has a certificate that a second TLS stack takes for what it was reached by, and for nothing else', async () => {
    for (const name of [host.address, ...itself])
      expect(await observe.gnutls(host, home, name), name).toMatchObject({ code: 0 });
    for (const name of [...claimed, 'rock-4se.example', '10.77.254.254']) {
      const other = await observe.gnutls(host, home, name);
      expect(other.code, name).not.toBe(0);
      expect(other.stdout + other.stderr).toContain('does not match');
    }
  });

  test("keeps the broker's key where nobody else can read it, and no other key there", async () => {
    expect(await host.stat(key)).toMatchObject({
      mode: 0o600,
      owner: 'mosquitto',
      group: 'mosquitto',
    });
    expect(await observe.readers(host, key, ['mosquitto', 'radxa', 'nobody'])).toEqual([
      'mosquitto',
    ]);
    expect(await observe.privateKeys(host)).toEqual([...keysBefore, key].sort());
    // Who is not root sees nothing of what was there before, either.
    expect(await host.stat('/var/lib/mqtt-lockstep')).toMatchObject({ mode: 0o700, owner: 'root' });
  });

  test('keeps the authority and the clients here, to their owner', async () => {
    const mode = async (...path: string[]) =>
      ((await stat(join(home.site, ...path))).mode & 0o7777).toString(8);
    expect(await mode('authority')).toBe('700');
    for (const name of await readdir(join(home.site, 'authority')))
      if (name.endsWith('.key')) expect(await mode('authority', name), name).toBe('600');
    expect(await mode('authority/root_ca.key')).toBe('600');
    expect(await mode('clients/client01')).toBe('700');
    expect(await mode('clients/client01/client01.key')).toBe('600');
    expect((await readdir(join(home.site, 'clients/client01'))).sort()).toEqual([
      'client01.crt',
      'client01.key',
      'root_ca.crt',
    ]);
  });

  test('is left alone by a second run', async () => {
    const was = [await observe.tree(host), await observe.service(host)];
    const second = await home.run('run', ...how, '--json');
    expect(second).toMatchObject({ code: 0, stderr: '' });
    const events = runEvents(second.stdout);
    expect(events.at(-1)).toMatchObject({ event: 'end', result: 'unchanged' });
    expect(events.filter(({ event }) => event === 'change')).toEqual([]);
    expect([await observe.tree(host), await observe.service(host)]).toEqual(was);
  });

  test('is told about by status, verify and audit', async () => {
    const status = await home.run('status', ...how, '--json');
    expect(status).toMatchObject({ code: 0, stderr: '' });
    const told = statusReport.parse(JSON.parse(status.stdout));
    expect(told.steps.map((step) => step.status)).toEqual(Array(7).fill('done'));
    expect(told.expires.map(({ what, days }) => [what, days])).toEqual([
      [host.address, 824],
      ['client01', 824],
      ['root_ca', 3649],
    ]);

    const verify = await home.run('verify', ...how, '--json');
    expect(verify).toMatchObject({ code: 0, stderr: '' });
    const proved = verification.parse(JSON.parse(verify.stdout));
    expect(proved.version).toMatch(brokerVersions[suite]);
    expect(proved).toMatchObject({ passed: proved.checks.length, failed: 0 });
    const causes = Object.fromEntries(proved.checks.map(({ id, cause }) => [id, cause]));
    expect(causes).toMatchObject({
      'mutual-tls': null,
      'no-certificate': 'certificate-required',
      stranger: 'unknown-ca',
      anonymous: 'not-authorised',
      'tls-1.2': 'protocol-version',
      'plain-on-tls-port': 'plain-on-tls-port',
      [`name:${host.address}`]: null,
    });

    const audit = await home.run('audit', ...how, '--json');
    expect(audit).toMatchObject({ code: 0, stderr: '' });
    const { loads, listeners, findings } = auditReport.parse(JSON.parse(audit.stdout));
    expect(loads).toBe(true);
    expect(listeners).toMatchObject([
      { port: 1883, tls: false, anonymous: 'refused' },
      { port: 8883, tls: true, requiresClientCertificate: true, minimumTls: '1.3' },
    ]);
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });

  test('is put back as it was, also when its configuration is broken by then', async () => {
    const bad = '/etc/mosquitto/conf.d/access.conf';
    await host.succeed(['sh', '-c', 'echo "listener not-a-port" >> "$0"', bad]);
    // It does not even run any more.
    expect((await host.exec(['systemctl', 'restart', 'mosquitto'])).code).not.toBe(0);
    const secured = await observe.tree(host);
    const look = await home.run('undo', ...how, '--dry-run', '--json');
    expect(look).toMatchObject({ code: 0, stderr: '' });
    expect(await observe.tree(host)).toBe(secured);
    // Somebody has written that line: it is shown, and nothing goes on before they agree.
    expectTold(await home.run('undo', ...how), {
      code: 1,
      what: `One file was changed on radxa@${host.address} since Lockstep wrote it.`,
      likely: 'has edited what the undo would put back. Nothing was changed.',
      next: '--yes',
      detail: '+listener not-a-port',
    });
    expect(await observe.tree(host)).toBe(secured);
    const undo = await home.run('undo', ...how, '--json', '--yes');
    expect(undo).toMatchObject({ code: 0, stderr: '' });
    const done = undone.parse(JSON.parse(undo.stdout));
    const later = [{ path: bad, kept: expect.stringMatching(/\.later-\d{8}-\d{6}$/) }];
    expect(done).toMatchObject({ result: 'restored', later, ran: true });
    // What was told before is what was done.
    expect(undone.parse(JSON.parse(look.stdout))).toEqual({
      ...done,
      result: 'would-restore',
      later: [{ path: bad }],
    });
    const kept = done.later?.[0]?.kept ?? '';
    expect(String(await host.read(kept))).toMatch(/listener not-a-port\n$/);
    await host.succeed(['rm', kept]);
    expect(await observe.tree(host)).toBe(before);
    expect((await observe.service(host)).state).toBe('active');
    expect(await observe.privateKeys(host)).toEqual(keysBefore);
    expect(await observe.anonymous(host)).toBe(0);
    expect(host.listens(8883)).toBe(false);
  });

  test('is not touched by undoing twice', async () => {
    const was = await observe.service(host);
    for (const more of [['--dry-run'], []]) {
      const again = await home.run('undo', ...how, '--json', ...more);
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(undone.parse(JSON.parse(again.stdout)).result).toBe('nothing-to-undo');
    }
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.service(host)).toEqual(was);
  });

  test('is secured again with the certificates that there are', async () => {
    const again = await home.run('run', ...how, '--json');
    const events = runEvents(again.stdout);
    expect(events.at(-1)).toMatchObject({ event: 'end', result: 'secured' });
    const skipped = events.flatMap((event) =>
      event.event === 'step' && event.status === 'skipped' ? [event.step] : [],
    );
    expect(skipped).toEqual(['authority', 'certificates']);
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
  });
});

onHosts.each(suites)("Debian's own broker on %s", limit, (suite) => {
  test('is secured, which opens it to the network for certificates, and put back', async () => {
    await using host = await bootHost({ suite, config: 'default' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const before = await observe.tree(host);
    expect([await observe.anonymous(host), await observe.anonymousThere(host)]).toEqual([1, 0]);

    const run = await home.run('run', ...how, '--json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(runEvents(run.stdout).at(-1)).toMatchObject({ event: 'end', result: 'secured' });
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    // In plain nothing is opened to the network.
    expect(await observe.anonymous(host)).toBe(1);
    expect(await observe.anonymousThere(host)).toBe(observe.notAuthorised);

    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
    expect([await observe.anonymous(host), await observe.anonymousThere(host)]).toEqual([1, 0]);
    expect(host.listens(8883)).toBe(false);
  });
});
