import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { subjectAlternativeNames } from '../../../src/mqtt/peer.ts';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { program } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents, statusReport } from '../../support/program/contract.ts';
import { type Home, launcher, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { enterThrough } from '../../support/terminal/steps-by-keys.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

const theirs = 'rock-4se.lan';

// Two brokers of one authority: the second one's machine calls itself by the names of the first.
onHosts('a host that claims names of another broker', limit, () => {
  let first: TestHost;
  let host: TestHost;
  let home: Home;
  let how: string[];
  beforeAll(async () => {
    [first, host] = await Promise.all([
      bootHost({ suite: 'bookworm', variant: 'nopasswd' }),
      bootHost({ suite: 'bookworm', variant: 'nopasswd' }),
    ]);
    home = await newHome();
    const names = ['--name', theirs, '--name', first.address];
    const set = await home.run('run', ...(await reaching(first, home)), ...names);
    expect(set).toMatchObject({ code: 0 });
    expect(await host.succeed(['hostname', '-f'])).toBe(`${theirs}\n`);
    await host.succeed(['ip', 'address', 'add', `${first.address}/32`, 'dev', 'eth0']);
    how = await reaching(host, home);
  }, limit.timeout);
  afterAll(async () => {
    await Promise.all([first?.close(), host?.close()]);
    await home?.remove();
  });

  /** The names in the certificate that the broker shows, as Node has them. */
  async function shown(): Promise<string[]> {
    const folder = join(home.site, 'clients/client01');
    const own = ['-cert', join(folder, 'client01.crt'), '-key', join(folder, 'client01.key')];
    const { stdout } = await program(
      ['openssl', 's_client', '-connect', `${host.address}:8883`, ...own],
      { input: '' },
    );
    const pem = /-----BEGIN[\s\S]*?END CERTIFICATE-----/.exec(stdout)?.[0] ?? '';
    return subjectAlternativeNames(new X509Certificate(pem).subjectAltName ?? '');
  }

  const named = (stdout: string, event: 'planned' | 'change') =>
    runEvents(stdout).flatMap((one) =>
      one.event === event && 'names' in one && one.names ? [one.names] : [],
    );
  const loopback = ['localhost', '127.0.0.1'].map((name) => ({
    ...{ name, from: 'loopback', signed: true },
  }));
  const claims = (signed: boolean) =>
    [theirs, 'rock-4se', first.address].map((name) => ({
      ...{ name, from: 'host' },
      signed,
    }));

  test('unattended: they are shown, told, and not signed; nor does it get the key of the other', async () => {
    const plan = await home.run('run', ...how, '--dry-run', '--json');
    const reached = { name: host.address, from: 'reached', signed: true };
    const [names, ...more] = named(plan.stdout, 'planned');
    expect(more).toEqual([]);
    expect(names).toHaveLength(6);
    expect(names?.slice(0, 3)).toEqual([reached, ...loopback]);
    expect(names).toEqual(expect.arrayContaining(claims(false)));

    const run = await home.run('run', ...how);
    expect(run).toMatchObject({ code: 0 });
    const note = run.stdout.split('\n').find((line) => line.includes('Not in the certificate'));
    for (const { name } of claims(false)) expect(note).toContain(name);
    expect(note).toMatch(
      /Only radxa@\S+ itself says .* \(--name\) adds one, --names-from-host all/,
    );
    expect(await shown()).toEqual([host.address, 'localhost', '127.0.0.1']);
    const keys = await host.succeed(['ls', '/etc/mosquitto/certs/current']);
    expect(keys).toBe(`${host.address}.crt\n${host.address}.key\nroot_ca.crt\n`);
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    // What it is not called is no drift.
    const status = statusReport.parse(
      JSON.parse((await home.run('status', ...how, '--json')).stdout),
    );
    expect(status.steps.map((step) => step.status)).toEqual(Array(7).fill('done'));
    const again = await home.run('run', ...how, '--json');
    expect(runEvents(again.stdout).at(-1)).toMatchObject({ result: 'unchanged' });
  });

  test('in the guided session they are shown, and a person chooses', async () => {
    // As at the first visit.
    const guided = await newHome();
    const words = await reaching(host, guided);
    const screen = new Terminal(process.execPath, [launcher, ...words], {
      env: guided.environment,
      limit: 60_000,
      rows: 60,
    });
    try {
      const before = /Certificates {2}not changed yet/;
      await enterThrough(screen, before);
      await screen.seen(/Not in the certificate: [\s\S]*rock-4se\.lan/);
      expect(screen.screen()).not.toMatch(/\(claimed\)/);
      // What is pressed before a plan could be read is not heard.
      for (let tries = 0; tries < 20 && !/[›>] Change the answers/.test(screen.screen()); tries++) {
        screen.press('down');
        await screen.quiet(300);
      }
      screen.press('enter');
      await screen.seen(/[›>] Names of the broker/);
      screen.press('down');
      await screen.seen(/[›>] Names that it claims +left out/);
      screen.press('right');
      await screen.seen(/[›>] Names that it claims +signed, too/);
      for (let presses = 0; presses < 4; presses++) screen.press('down');
      screen.press('enter');
      await enterThrough(screen, before);
      await screen.seen(/for 10\.[\d.]+,[\s\S]*rock-4se\.lan\s+\(claimed\)/);
      await screen.seen('itself says that it is called');
    } finally {
      await screen.close();
      await guided.remove();
    }
  });

  test('--names-from-host signs them, and says whose word that is; what was signed stays', async () => {
    const run = await home.run('run', ...how, '--names-from-host', '--json');
    expect(run).toMatchObject({ code: 0 });
    const [names] = named(run.stdout, 'change');
    expect(names?.[0]).toEqual({ name: host.address, from: 'reached', signed: true });
    expect(names).toEqual(expect.arrayContaining(claims(true)));
    const notes = runEvents(run.stdout).flatMap((one) => (one.event === 'note' ? [one.text] : []));
    expect(notes.join('\n')).toMatch(
      /Only radxa@\S+ itself says that it is called .*rock-4se\.lan/,
    );
    const signed = [
      host.address,
      'localhost',
      '127.0.0.1',
      ...claims(true).map(({ name }) => name),
    ];
    expect((await shown()).sort()).toEqual(signed.sort());
    // Its files are its own all the same.
    const own = await readFile(join(home.site, 'authority', `${theirs}.key`), 'utf8');
    const key = await host.read(`/etc/mosquitto/certs/current/${host.address}.key`);
    expect(String(key)).not.toBe(own);
    const again = await home.run('run', ...how, '--json');
    expect(runEvents(again.stdout).at(-1)).toMatchObject({ result: 'unchanged' });
    expect((await shown()).sort()).toEqual(signed.sort());
  });

  test('its address in another spelling is the same broker, by the same name', async () => {
    const spelled = how.with(1, `radxa@[::FFFF:${host.address}]`);
    const status = await home.run('status', ...spelled, '--json');
    expect(status).toMatchObject({ code: 0, stderr: '' });
    const again = await home.run('run', ...spelled, '--json');
    expect(runEvents(again.stdout).at(-1)).toMatchObject({ result: 'unchanged' });
    const checks = runEvents(again.stdout).flatMap((one) =>
      one.event === 'evidence' ? [one.id] : [],
    );
    expect(checks).toContain(`name:${host.address}`);
  });
});
