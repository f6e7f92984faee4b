import { expect, test } from 'vitest';
import { bootHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents } from '../../support/program/contract.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

const main = '/etc/mosquitto/mosquitto.conf';

/** A user whose group has another name, and who is in a second one; the broker's folders are his. */
const accounts = `groupadd iot; groupadd readers
  useradd -r -u 1500 -N -g iot -G readers mqtt
  sed -i '/^log_dest\\|^pid_file/d' ${main}
  chown -R mqtt /var/lib/mosquitto /var/log/mosquitto`;

onHosts('the user who runs the broker', limit, () => {
  test.each([
    ['the configuration names him', `echo user mqtt >>${main}`, '', 'iot'],
    ['the unit names him', '', 'User=mqtt\n', 'iot'],
    ['the unit names him by number', '', 'User=1500\n', 'iot'],
    ['the unit names a group of its own', '', 'User=mqtt\nGroup=readers\n', 'iot'],
    [
      'the unit names him, the configuration another',
      `echo user nobody >>${main}`,
      'User=mqtt\nSupplementaryGroups=readers\n',
      'iot',
    ],
  ])('%s: his is the key, with his own group', async (_, more, settings, group) => {
    await using host = await bootHost({ suite: 'bookworm' });
    await using home = await newHome();
    const how = await reaching(host, home);
    await host.succeed(['sh', '-euc', `${accounts}\n${more}`]);
    const own = settings ? `ExecStartPre=\n${settings}` : '';
    await host.writeFile('/etc/systemd/system/mosquitto.service.d/own.conf', `[Service]\n${own}`);
    await host.succeed(['systemctl', 'daemon-reload']);
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    expect((await host.succeed(['ps', '-o', 'user=', '-C', 'mosquitto'])).trim()).toBe('mqtt');
    const before = await observe.tree(host);
    const run = await home.run('run', ...how, '--json');
    expect(run.code, run.stderr).toBe(0);
    expect(runEvents(run.stdout).at(-1)).toMatchObject({ result: 'secured' });
    const key = await host.stat(`/etc/mosquitto/certs/current/${host.address}.key`);
    expect(key).toMatchObject({ owner: 'mqtt', group, mode: 0o600 });
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
  });
});
