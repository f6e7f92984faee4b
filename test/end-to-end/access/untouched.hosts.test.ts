import { expect, test } from 'vitest';
import { bootHost } from '../../support/hosts/host.ts';
import { program } from '../../support/hosts/program.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { trialsOf } from './trials.ts';
import { liveFiles, touchedBy } from './untouched.ts';

onHosts('what is the broker’s own', limit, () => {
  test('cannot be opened, made or changed unseen', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    const text =
      'pid_file /run/own.pid\n# persistence_file no.db\npersistence_file own.db\npassword_file /etc/pw\ncertfile /etc/c.crt\nlog_dest file /var/log/own.log\nlistener 0 /run/own.sock\n';
    const files = liveFiles([Buffer.from(text)]);
    const own = '/var/lib/mosquitto/own.db';
    const kept = ['/run/own.pid', '/var/lib/mosquitto/mosquitto.db', own];
    expect(files).toEqual({
      own: kept,
      read: ['/etc/c.crt', '/etc/pw'],
      notTried: [...kept, '/var/log/own.log', '/run/own.sock', '/etc/pw'],
    });
    await host.writeFile(own, 'kept');
    await host.writeFile('/etc/pw', 'somebody:secret');
    const touched = async (script: string) =>
      (await touchedBy(host, files, () => host.succeed(['sh', '-euc', script]))).touched.join('\n');
    expect(await touched(`stat ${own}; cat /etc/pw`)).toBe('');
    expect(await touched(`cat ${own}`)).toContain(own);
    expect(await touched('echo 1 >/run/own.pid')).toContain('/run/own.pid');
    expect(await touched('chmod 600 /etc/pw')).toContain('/etc/pw');
    expect(await touched('printf somebody:other_ >/etc/pw')).toContain('/etc/pw');
    expect(await touched('cp -p /etc/pw /etc/pw2; mv /etc/pw2 /etc/pw')).toContain('/etc/pw');
  });

  test('is not opened by a broker beside it unseen', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    const log = '/var/tmp/own.log';
    const files = liveFiles([Buffer.from(`log_dest file ${log}\n`)]);
    const { keyFile, knownHostsFile, user } = host.ssh;
    const login = ['ssh', '-i', keyFile, '-o', `UserKnownHostsFile=${knownHostsFile}`];
    const started = (text: string) =>
      trialsOf(host, files, async () => {
        await host.writeFile('/var/tmp/beside.conf', `listener 0 /var/tmp/beside.sock\n${text}\n`);
        const command = 'timeout 2 /usr/sbin/mosquitto -c /var/tmp/beside.conf';
        return (await program([...login, `${user}@${host.address}`, command])).code;
      });
    expect(await started('log_dest stdout')).toEqual({ done: 124, trials: 1, touched: [] });
    const seen = await started(`log_dest file ${log}`);
    expect(seen).toMatchObject({ done: 124, trials: 1 });
    expect(seen.touched.join('\n')).toContain(log);
  });
});
