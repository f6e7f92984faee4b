import { expect, test } from 'vitest';
import { bootHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { auditReport, runEvents, statusReport } from '../../support/program/contract.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

const certs = '/etc/mosquitto/certs';
const access = '/etc/mosquitto/conf.d/access.conf';

onHosts('a broker that serves, but not what its files say', limit, () => {
  test.each(['bookworm', 'forky'] as const)('on %s is told, and put right', async (suite) => {
    await using host = await bootHost({ suite });
    await using home = await newHome();
    const how = await reaching(host, home);
    const before = await observe.tree(host);
    const status = async () =>
      statusReport.parse(JSON.parse((await home.run('status', ...how, '--json')).stdout));
    const audit = async () =>
      auditReport.parse(JSON.parse((await home.run('audit', ...how, '--json')).stdout));
    const here = await observe.service(host);

    // Open, and a line that would keep it from starting: only the next restart will tell.
    await host.writeFile(
      '/etc/mosquitto/conf.d/later.conf',
      `listener 1999
certfile ${certs}/none.crt
keyfile ${certs}/none.key
`,
    );
    const lines = (await audit()).findings.filter(({ id }) => id === 'next-restart-fails');
    expect(lines).toMatchObject([
      { severity: 'critical', file: '/etc/mosquitto/conf.d/later.conf', line: 2 },
    ]);
    expect(lines[0]?.message).toContain('none.crt');
    await host.succeed(['rm', '/etc/mosquitto/conf.d/later.conf']);
    expect((await audit()).findings.map(({ id }) => id)).not.toContain('next-restart-fails');
    expect(await observe.service(host)).toEqual(here);

    expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
    const key = `${certs}/current/${host.address}.key`;
    await host.succeed(['chown', 'root', key]);
    const told = await status();
    expect(told.findings).toMatchObject([
      { id: 'next-restart-fails', severity: 'critical', file: access },
    ]);
    const drifted = told.steps.filter((step) => step.status === 'drifted').map(({ id }) => id);
    expect(drifted).toEqual(['distribute', 'harden']);

    // Another pair than the one the broker has in its memory, and a good one.
    const make = `openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=rock-4se.lan \
      -keyout ${key} -out ${certs}/current/${host.address}.crt && chown mosquitto: ${key}`;
    await host.succeed(['sh', '-c', make]);
    const other = (await status()).findings;
    expect(
      other.map(({ id }) => id),
      JSON.stringify(other),
    ).toEqual(['serves-other-certificate']);
    const aboutKey = async () =>
      (await audit()).findings.filter(({ id }) => ['expires-soon', 'key-readable'].includes(id));
    expect(await aboutKey()).toMatchObject([{ id: 'expires-soon', severity: 'warning' }]);
    // Open to all, in folders that are open to all; then behind one that is not.
    await host.succeed(['chmod', '644', key]);
    expect((await aboutKey()).map(({ id }) => id)).toEqual(['key-readable', 'expires-soon']);
    await host.succeed(['chmod', '750', certs]);
    expect((await aboutKey()).map(({ id }) => id)).toEqual(['expires-soon']);
    await host.succeed(['chmod', '755', certs]);

    // A new release each time; of the old ones one stays, and what is not ours.
    for (const release of ['release-0002', 'release-0003']) {
      const again = runEvents((await home.run('run', ...how, '--json')).stdout);
      expect(again.at(-1)).toMatchObject({ result: 'secured' });
      expect(await host.stat(`${certs}/current`)).toMatchObject({ target: release });
      expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
      expect((await status()).findings).toEqual([]);
      await host.succeed(['chmod', '644', key]);
    }
    const folders = (await host.succeed(['ls', certs])).split('\n');
    expect(folders.filter((name) => name.startsWith('release-'))).toEqual([
      ...['release-0001', 'release-0002', 'release-0003'],
    ]);
    const theirs = [`${host.address}.crt`, `${host.address}.key`];
    const first = `${certs}/release-0001`;
    expect((await host.succeed(['ls', first])).split('\n').filter(Boolean)).toEqual(theirs);
    const undo = await home.run('undo', ...how);
    expect(undo).toMatchObject({ code: 0 });
    expect(undo.stdout).toContain(`left      ${first} (somebody else's files are in it)`);
    await host.succeed(['rm', '-r', first]);
    expect(await observe.tree(host)).toBe(before);
  });
});
