import { describe, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { suites } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

const access = '/etc/mosquitto/conf.d/access.conf';
const passwords = '/etc/mosquitto/passwd';
const dynamic = '/var/lib/mosquitto/dynamic-security.json';
const plugin = '/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so';

const taking = `listener 1883\npassword_file ${passwords}\n`;
const dynamically = `listener 1883\nplugin ${plugin}\nplugin_opt_config_file ${dynamic}\n`;

/** What is made of the host (a script for its shell), and what its access.conf says. */
const cases: Record<string, { script?: string; config: string }> = {
  'passwords that it may read': { config: taking },
  'passwords of root alone': { script: `chown root: ${passwords}`, config: taking },
  'no passwords': { script: `rm ${passwords}`, config: taking },
  'passwords that are a folder': {
    script: `rm ${passwords}; mkdir ${passwords}`,
    config: taking,
  },
  'passwords in a closed folder': {
    script: `mkdir -m 700 /etc/mosquitto/closed
      install -m 644 ${passwords} /etc/mosquitto/closed/passwd`,
    config: 'listener 1883\npassword_file /etc/mosquitto/closed/passwd\n',
  },
  // 2.1 follows no link.
  'passwords behind a link': {
    script: `mv ${passwords} /var/lib/mosquitto/passwd; ln -s /var/lib/mosquitto/passwd ${passwords}`,
    config: taking,
  },
  'an access list that is not there': { config: 'listener 1883\nacl_file /none\n' },
  // 2.1 makes one.
  'dynamic security without its file': { config: dynamically },
  'dynamic security that it may not read': {
    script: `install -m 600 /dev/null ${dynamic}`,
    config: dynamically,
  },
  'a plugin that is not there': { config: 'listener 1883\nplugin /none/mosquitto_acl_file.so\n' },
  'nothing said of listeners': { config: 'allow_anonymous true\n' },
  'the older way to listen': { config: 'max_connections 9\nport 1883\nallow_anonymous true\n' },
  'three addresses, three sockets': {
    config: `listener 1883 127.0.0.1
listener 1883 127.0.0.2
listener 1883 127.0.0.3
listener 0 /run/mosquitto/a
listener 0 /run/mosquitto/b
listener 0 /run/mosquitto/c
`,
  },
  'another user': {
    script: `chown radxa ${passwords}; sed -i '/^log_dest\\|^persistence\\|^pid_file/d' /etc/mosquitto/mosquitto.conf`,
    config: `user radxa\n${taking}`,
  },
};

/** Each restarts a broker dozens of times; 2.1 is the one that is different. */
const met = process.env.LOCKSTEP_TEST_FULL === '1' ? suites : (['forky'] as const);

onHosts('what a trial says', limit, () => {
  describe.each(met)('on %s', limit, (suite) => {
    test('is what the next restart does, and nothing has become of the files', async () => {
      await using host = await bootHost({ suite });
      await using home = await newHome();
      const how = await reaching(host, home);
      await host.succeed(['mosquitto_passwd', '-c', '-b', passwords, 'somebody', 'secret']);
      await host.succeed(['chown', 'mosquitto:', passwords]);
      await host.succeed(['chmod', '600', passwords]);
      const there = ['/etc/mosquitto', '/var/lib/mosquitto'];
      await host.succeed(['tar', '-C', '/', '-cf', '/root/before.tar', ...there]);
      const said: Record<string, boolean> = {};
      const done: Record<string, boolean> = {};
      for (const [name, { script = '', config }] of Object.entries(cases)) {
        await host.succeed(['sh', '-euc', script]);
        await host.writeFile(access, config);
        const before = await observe.tree(host, ['/var/lib/mosquitto']);
        const { stdout } = await home.run('audit', ...how, '--json');
        const findings = JSON.parse(stdout).findings as { id: string; message: string }[];
        const next = findings.filter(({ id }) => id.startsWith('next-restart'));
        const fails = next.some(({ id }) => id === 'next-restart-fails');
        expect(next.length, `${name}: ${JSON.stringify(next)}`).toBe(fails ? 1 : 0);
        // In terms of the real file.
        expect(next[0]?.message ?? '', name).not.toContain('lockstep-shadow');
        expect(await observe.tree(host, ['/var/lib/mosquitto']), name).toBe(before);
        said[name] = !fails;
        done[name] = await starts(host);
        await host.succeed([
          ...[
            'sh',
            '-euc',
            'systemctl stop mosquitto; rm -rf "$@"; tar -C / -xpf /root/before.tar',
          ],
          ...['restore', ...there],
        ]);
        expect(await starts(host)).toBe(true);
      }
      expect(said).toEqual(done);
      // It is told apart at all.
      expect(new Set(Object.values(done)).size).toBe(2);
      expect(await host.succeed(['find', '/tmp', '-name', 'lockstep-*'])).toBe('');
    });
  });
});

/** Whether the broker runs when it is started anew. */
async function starts(host: TestHost): Promise<boolean> {
  await host.exec(['systemctl', 'reset-failed', 'mosquitto']);
  const script = `systemctl restart mosquitto || exit 1
    n=0
    until tr '\\0' ' ' </proc/"$(systemctl show mosquitto --value -p MainPID)"/cmdline | grep -q mosquitto.conf &&
      [ "$(systemctl show mosquitto --value -p ActiveState)" = active ]; do
      n=$((n + 1)); [ $n -lt 50 ] || exit 1; sleep 0.1
    done`;
  return (await host.exec(['sh', '-c', script])).code === 0;
}
