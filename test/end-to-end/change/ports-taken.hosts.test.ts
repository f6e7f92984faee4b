import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents } from '../../support/program/contract.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

const listening = (address: string, port: number) =>
  `listener ${port} ${address}\nallow_anonymous true\n`;

async function openAtItsAddress(host: TestHost) {
  await host.writeFile('/etc/mosquitto/conf.d/access.conf', listening(host.address, 1883));
  await host.succeed(['systemctl', 'restart', 'mosquitto']);
}

onHosts('a port that something else has', limit, () => {
  test('is seen before the restart, with who has it', async () => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const answers = join(home.folder, 'answers.yaml');
    const loopback = [...how, '--answers', answers];
    await writeFile(answers, 'plainListener: loopback\n');
    await openAtItsAddress(host);
    expect(await home.run('run', ...how, '--through', 'distribute')).toMatchObject({ code: 0 });
    const before = await observe.tree(host);
    const service = await observe.service(host);
    const code = 1;
    const next = 'Choose another port';

    // Only an address that is ours, too, counts.
    await host.succeed(['/usr/sbin/sshd', '-p', '8883', '-o', 'ListenAddress=127.0.0.1']);
    expect((await home.run('run', ...how, '--dry-run')).code).toBe(0);
    await host.succeed(['pkill', '-f', 'sshd.*8883']);
    for (const at of [host.address, '0.0.0.0']) {
      await host.succeed(['/usr/sbin/sshd', '-p', '8883', '-o', `ListenAddress=${at}`]);
      expectTold(await home.run('run', ...how), {
        code,
        what: /^Port 8883( at [\d.]+)? is taken on .* by sshd \(process \d+\)\.$/,
        likely: 'Another program listens there',
        next,
      });
      await host.succeed(['pkill', '-f', 'sshd.*8883']);
    }

    // Another broker, in a service of its own.
    await host.writeFile('/etc/mosquitto/second.conf', listening('127.0.0.1', 1883));
    const second = ['systemd-run', '--quiet', '--unit=second-broker', '--service-type=notify'];
    await host.succeed([...second, '/usr/sbin/mosquitto', '-c', '/etc/mosquitto/second.conf']);
    expectTold(await home.run('run', ...loopback), {
      code,
      what: /^Port 1883 at 127\.0\.0\.1 is taken on .* by mosquitto \(process \d+, second-broker\.service\)\.$/,
      likely: 'Another broker listens there',
      next,
    });
    expect(await observe.service(host)).toEqual(service);
    await host.succeed(['rm', '/etc/mosquitto/second.conf']);
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);
  });

  test.each([
    ['persistence true', false],
    ['persistence false', true],
  ])('%s: whether the restart forgets anything is said before it', async (line, forgets) => {
    const main = `${line}\npersistence_location /var/lib/mosquitto/\nlistener 1883\nallow_anonymous true\n`;
    await using host = await bootHost({
      suite: 'bookworm',
      config: { '/etc/mosquitto/mosquitto.conf': main },
    });
    await using home = await newHome();
    const how = await reaching(host, home);
    const at = ['-h', host.address, '-t', 'test/kept'];
    expect((await observe.publish(['-h', host.address, '-t', 'test/kept', '-r'])).code).toBe(0);
    const run = runEvents((await home.run('run', ...how, '--json')).stdout);
    const notes = run.flatMap((one) => (one.event === 'note' && 'text' in one ? [one.text] : []));
    const note = notes.filter((text) => String(text).includes('loses all retained messages'));
    expect(note.length).toBe(forgets ? 1 : 0);
    // What the note says is what has happened.
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    const kept = await host.exec(['mosquitto_sub', ...at, '-C', '1', '-W', '2', '--retained-only']);
    expect(kept.stdout !== '').toBe(!forgets);
  });
});
