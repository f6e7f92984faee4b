import { expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { auditReport, statusReport } from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

onHosts('what only the next start or boot would show', limit, () => {
  /** What `audit`, `status` and the note before Harden say of a broker's machine, its kinds. */
  async function told(host: TestHost, home: Home) {
    const how = await reaching(host, home);
    const audit = auditReport.parse(JSON.parse((await home.run('audit', ...how, '--json')).stdout));
    const status = await home.run('status', ...how, '--json');
    const { findings } = statusReport.parse(JSON.parse(status.stdout));
    const plan = await home.run('run', ...how, '--dry-run');
    const kinds = ['untried-start', 'gone-at-reboot', 'undo-gone-at-reboot'];
    const of = (list: typeof findings) =>
      list.filter(({ id }) => kinds.includes(id)).map(({ id, file }) => `${id} ${file}`);
    expect(of(findings)).toEqual(of(audit.findings));
    for (const { id, message } of audit.findings)
      if (kinds.includes(id))
        expect(plan.stdout.replaceAll('npx lockstep', 'lockstep')).toContain(message);
    return of(findings);
  }

  test('a unit and a program that were changed since the broker was started', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    await using home = await newHome();
    expect(await told(host, home)).toEqual([]);
    const dropIn = '/etc/systemd/system/mosquitto.service.d/nice.conf';
    await host.writeFile(dropIn, '[Service]\nNice=5\n');
    await host.succeed(['sh', '-c', `${observe.aged}; touch /usr/sbin/mosquitto ${dropIn}`]);
    const both = [`untried-start ${dropIn}`, 'untried-start /usr/sbin/mosquitto'];
    // Also before systemd has been told.
    expect(await told(host, home)).toEqual(both);
    await host.succeed(['systemctl', 'daemon-reload']);
    expect(await told(host, home)).toEqual(both);
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    expect(await told(host, home)).toEqual([]);
  });

  test('a board whose file system is in memory above a card that is not written to', async () => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const overlay = `
      mount -t tmpfs tmpfs /media
      mkdir /media/upper /media/work
      mount -t overlay -o lowerdir=/etc,upperdir=/media/upper,workdir=/media/work overlay /etc`;
    await host.succeed(['sh', '-euc', overlay]);
    expect(await told(host, home)).toEqual(['gone-at-reboot /etc/mosquitto/mosquitto.conf']);
    await host.succeed(['umount', '--lazy', '/etc']);
    expect(await told(host, home)).toEqual([]);
  });

  test('only what is kept for the undo is in memory', async () => {
    await using host = await bootHost({ suite: 'forky' });
    await using home = await newHome();
    await host.succeed(['mount', '-t', 'tmpfs', 'tmpfs', '/var/lib']);
    expect(await told(host, home)).toEqual(['undo-gone-at-reboot /etc/mosquitto/mosquitto.conf']);
  });
});
