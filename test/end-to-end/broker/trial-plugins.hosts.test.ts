import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bootHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { type Traced, traced } from '../../support/observe/ssh-trace.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

const access = '/etc/mosquitto/conf.d/access.conf';
const known = '/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so';
/** By this name nothing is known of it. */
const mine = '/opt/mine.so';
const state = '/var/lib/mosquitto/mine.json';
const config = `listener 1883
allow_anonymous true
plugin ${mine}
plugin_opt_config_file ${state}
`;
const everything = JSON.stringify({
  defaultACLAccess: {
    ...{ publishClientSend: true, publishClientReceive: true },
    ...{ subscribe: true, unsubscribe: true },
  },
});

/** The trials that loaded the plugin, or went at what it keeps, of how many. */
function loaded(processes: Traced[]): { with: number; of: number } {
  const trials = processes.filter(
    ({ program, calls }) =>
      program.endsWith('/mosquitto') && calls.some((call) => call.includes('/lockstep-shadow.')),
  );
  const at = trials.filter(({ calls }) =>
    calls.some((call) => call.includes(mine) || call.includes(state)),
  );
  return { with: at.length, of: trials.length };
}

onHosts('a plugin that is not known', limit, () => {
  describe.each(['bookworm', 'forky'] as const)('on %s', limit, (suite) => {
    test('is loaded a second time only when somebody says so; what was not tried is said', async () => {
      await using host = await bootHost({ suite });
      await using home = await newHome();
      const how = await reaching(host, home);
      await host.succeed(['install', '-m', '644', known, mine]);
      await host.writeFile(state, everything, { owner: 'mosquitto:mosquitto', mode: 0o600 });
      await host.writeFile(access, config);
      await host.succeed(['systemctl', 'restart', 'mosquitto']);

      const restart = async () => {
        const { stdout } = await home.run('audit', ...how, '--json');
        const { findings } = JSON.parse(stdout) as { findings: Record<string, string>[] };
        return findings.filter(({ id }) => id?.startsWith('next-restart'));
      };
      const looked = await traced(host, async () => {
        expect(await restart()).toMatchObject([
          { id: 'next-restart-untried', severity: 'note', file: access, line: 3 },
        ]);
        const { stdout } = await home.run('audit', ...how);
        expect(stdout).not.toContain('The broker starts with this configuration');
        expect(stdout).toContain(mine);
      });
      expect(loaded(looked)).toEqual({ with: 0, of: 2 });
      // Something else is wrong, too: told, and not as more than it is.
      const key = 'certfile /none.crt\nkeyfile /none.key\n';
      await host.writeFile('/etc/mosquitto/conf.d/z.conf', `listener 1999\n${key}`);
      const [also, ...more] = await restart();
      expect(more).toEqual([]);
      expect(also).toMatchObject({ id: 'next-restart-untried', severity: 'warning' });
      expect(also?.message).toContain('/none.crt');
      await host.succeed(['rm', '/etc/mosquitto/conf.d/z.conf']);

      const answers = join(home.folder, 'answers.yaml');
      await writeFile(answers, 'tryPlugins: false\n');
      const through = ['run', ...how, '--answers', answers, '--through'];
      expect((await home.run(...through, 'distribute')).code).toBe(0);
      const hardening = [...through, 'harden'];
      const plan = await home.run(...hardening, '--dry-run');
      expect(plan.stdout).toContain(`without the plugin ${mine}`);
      let words = '';
      const without = await traced(host, async () => {
        words = (await home.run(...hardening)).stdout;
      });
      expect(loaded(without).with).toBe(0);
      expect(words).toContain(`without the plugin ${mine}`);
      await home.run('undo', ...how);
      expect(await observe.anonymous(host)).toBe(0);

      await writeFile(answers, 'tryPlugins: true\n');
      await home.run(...through, 'distribute');
      const tried = await traced(host, async () => {
        words = (await home.run(...hardening)).stdout;
      });
      expect(loaded(tried).with).toBe(1);
      expect(words).not.toContain('without the plugin');
    });
  });
});
