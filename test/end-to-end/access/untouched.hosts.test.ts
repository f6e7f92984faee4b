import { expect, test } from 'vitest';
import { bootHost } from '../../hosts/host.ts';
import { limit, onHosts } from '../on-hosts.ts';
import { liveFiles, touchedBy } from './untouched.ts';

onHosts('what is the broker’s own', limit, () => {
  test('cannot be opened unseen', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    const text = 'pid_file /run/own.pid\n# persistence_file no.db\npersistence_file own.db\n';
    const files = liveFiles([Buffer.from(text)]);
    expect(files).toEqual([
      '/run/own.pid',
      '/var/lib/mosquitto/mosquitto.db',
      '/var/lib/mosquitto/own.db',
    ]);
    await host.writeFile('/var/lib/mosquitto/own.db', 'kept');
    const touched = async (...argv: string[]) =>
      (await touchedBy(host, files, () => host.succeed(argv))).touched.map(
        (one) => one.split(' ')[1],
      );
    expect(await touched('stat', '/var/lib/mosquitto/own.db')).toEqual([]);
    expect(await touched('cat', '/var/lib/mosquitto/own.db')).toEqual([
      '/var/lib/mosquitto/own.db',
    ]);
  });
});
