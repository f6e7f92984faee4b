import { describe, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { program, until } from '../../support/hosts/program.ts';
import { type Suite, suites } from '../../support/hosts/suites.ts';
import { type LiveFiles, touched } from '../../support/observe/live-files.ts';
import * as observe from '../../support/observe/observer.ts';
import { type Traced, traced } from '../../support/observe/ssh-trace.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

const data = '/var/lib/mosquitto';
const passwords = '/etc/mosquitto/passwd';
const list = '/etc/mosquitto/acl';
const dynamic = `${data}/dynamic-security.json`;
const socket = '/run/mosquitto/live.sock';
const library = '/usr/lib/x86_64-linux-gnu';

const live: LiveFiles = {
  untouched: [`${data}/mosquitto.`, '/run/mosquitto/mosquitto.pid', socket],
  readOnly: [passwords, list, dynamic, '/var/log/mosquitto/'],
};

/** Everybody may do everything, so that the trial gets far. */
const dynamicSecurity = JSON.stringify({
  defaultACLAccess: {
    ...{ publishClientSend: true, publishClientReceive: true },
    ...{ subscribe: true, unsubscribe: true },
  },
  clients: [],
  groups: [],
  roles: [],
});

const mainFile = (persistence: string) => `pid_file /run/mosquitto/mosquitto.pid
${persistence}
log_dest file /var/log/mosquitto/mosquitto.log
connection elsewhere
address 127.0.0.1:1
topic # out
include_dir /etc/mosquitto/conf.d
`;

const inItsOwnFile = `persistence true\npersistence_location ${data}/`;
const inSqlite = `global_plugin ${library}/mosquitto/mosquitto_persist_sqlite.so
plugin_opt_db_file ${data}/mosquitto.sqlite3`;

const inFiles = `password_file ${passwords}
acl_file ${list}`;
/** As 2.1 has it, too. */
const byPlugins = `plugin ${library}/mosquitto/mosquitto_password_file.so
plugin_opt_password_file ${passwords}
plugin ${library}/mosquitto/mosquitto_acl_file.so
plugin_opt_acl_file ${list}`;

const accessBy = (names: string) => `listener 1883
listener 0 ${socket}
listener 9001
protocol websockets
allow_anonymous true
${names}
plugin ${library}/mosquitto_dynamic_security.so
plugin_opt_config_file ${dynamic}
`;

/** A broker with everything that can be kept beside a configuration. */
async function boot(suite: Suite, persistence: string): Promise<TestHost> {
  const host = await bootHost({
    suite,
    config: {
      '/etc/mosquitto/mosquitto.conf': mainFile(persistence),
      '/etc/mosquitto/conf.d/access.conf': accessBy(persistence === inSqlite ? byPlugins : inFiles),
      [list]: 'topic readwrite #\n',
      [passwords]: '',
      [dynamic]: dynamicSecurity,
    },
  });
  await host.succeed(['mosquitto_passwd', '-b', passwords, 'somebody', 'secret']);
  await host.succeed(['chown', 'mosquitto:', passwords, list, dynamic]);
  await host.succeed(['chmod', '600', passwords, list, dynamic]);
  await host.succeed(['systemctl', 'reset-failed', 'mosquitto']);
  await host.succeed(['systemctl', 'restart', 'mosquitto']);
  await until('the broker', 20, () => host.listens(1883));
  return host;
}

const topics = Array.from({ length: 16 }, (_, index) => `kept/${index}`);

/** Sixteen messages, each acknowledged. */
async function keep(host: TestHost): Promise<void> {
  for (const topic of topics) {
    const words = ['-h', host.address, '-t', topic, '-m', 'kept', '-r', '-q', '1'];
    expect((await program(['mosquitto_pub', ...words])).code).toBe(0);
  }
}

async function kept(host: TestHost): Promise<string[]> {
  const words = ['-h', host.address, '-t', 'kept/#', '-F', '%t', '-W', '3'];
  const { stdout } = await program(['mosquitto_sub', '--retained-only', ...words]);
  return stdout.split('\n').filter(Boolean).sort();
}

const trials = (processes: Traced[]) =>
  processes.filter(
    ({ program, calls }) =>
      program.endsWith('/mosquitto') && calls.some((call) => call.includes('/lockstep-shadow.')),
  );

onHosts('a trial beside the broker', limit, () => {
  describe.each([
    ...suites.map((suite) => [suite, 'its database', inItsOwnFile] as const),
    ['forky', 'SQLite', inSqlite] as const,
  ])('on %s with %s', limit, (suite, _, persistence) => {
    test('touches nothing of the live one, and what is acknowledged meanwhile is kept', async () => {
      await using host = await boot(suite, persistence);
      await using home = await newHome();
      await using other = await newHome();
      const how = await reaching(host, home);
      const before = await observe.service(host);

      // What watches sees it, where something is touched.
      const login = [
        'ssh',
        '-i',
        host.ssh.keyFile,
        '-o',
        `UserKnownHostsFile=${host.ssh.knownHostsFile}`,
      ];
      const proof = await traced(host, async () => {
        const words = [...login, `${host.ssh.user}@${host.address}`, `: >>/var/log/mosquitto/x`];
        await program(words);
      });
      expect(touched(proof, live)).not.toEqual([]);

      const looked = await traced(host, async () => {
        // At once, by two people; then what one of them does.
        const audits = Promise.all(
          [home, other].map((from) => from.run('audit', ...how, '--json')),
        );
        for (const { code, stdout } of (await Promise.all([audits, keep(host)]))[0]) {
          expect(code, stdout).toBe(0);
          const { findings } = JSON.parse(stdout) as { findings: { id: string }[] };
          expect(findings.map(({ id }) => id)).not.toContain('next-restart-fails');
          expect(findings.map(({ id }) => id)).not.toContain('next-restart-untried');
        }
        for (const words of [['status'], ['run', '--dry-run']])
          expect((await home.run(...words, ...how)).stdout).toContain('Inspect');
      });
      expect(touched(looked, live)).toEqual([]);
      expect(trials(looked).length).toBeGreaterThanOrEqual(4);
      expect(await observe.service(host)).toEqual(before);
      expect(await host.succeed(['find', '/tmp', '-name', 'lockstep-*'])).toBe('');
      await host.succeed(['systemctl', 'restart', 'mosquitto']);
      await until('the broker', 20, () => host.listens(1883));
      expect(await kept(host)).toEqual([...topics].sort());

      const hardened = await traced(host, async () => {
        await home.run('run', ...how);
      });
      expect(touched(trials(hardened), live)).toEqual([]);
      const candidates = trials(hardened).filter(({ calls }) =>
        calls.some((call) => /^bind\(.*\/sockets\/8883-/.test(call)),
      );
      expect(candidates.length).toBeGreaterThanOrEqual(1);
    });
  });
});
