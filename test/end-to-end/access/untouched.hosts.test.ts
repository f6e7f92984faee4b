import { expect, test } from 'vitest';
import { bootHost } from '../../hosts/host.ts';
import { limit, onHosts } from '../on-hosts.ts';
import { liveFiles, touchedBy } from './untouched.ts';

onHosts('what is the broker’s own', limit, () => {
  test('cannot be opened, made or changed unseen', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    const text =
      'pid_file /run/own.pid\n# persistence_file no.db\npersistence_file own.db\npassword_file /etc/pw\n';
    const files = liveFiles([Buffer.from(text)]);
    const own = '/var/lib/mosquitto/own.db';
    expect(files).toEqual({
      own: ['/run/own.pid', '/var/lib/mosquitto/mosquitto.db', own],
      read: ['/etc/pw'],
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
});
