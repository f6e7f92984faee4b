import { expect } from 'vitest';
import { program, until } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { fault, leftAlone, resultOf, type Stage } from '../stage/stage.ts';

// The new configuration is right, tried beside the broker, and yet the broker does not serve with it.

const dropIn = '/etc/systemd/system/mosquitto.service.d/fault.conf';

/** A change to the broker's service by somebody else; an empty one takes it away. */
async function service(host: Stage['host'], lines: string): Promise<void> {
  if (lines) await host.writeFile(dropIn, `[Service]\n${lines}\n`);
  else await host.succeed(['rm', '-f', dropIn]);
  await host.succeed(['systemctl', 'daemon-reload']);
}

/** A run that has to put everything back, and says why. */
async function putBack({ host, before, lockstep }: Stage, why: RegExp): Promise<string> {
  const run = await lockstep('run', '--json');
  expect(resultOf(run), run.stderr).toBe('rolled-back');
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(why);
  await leftAlone(host);
  expect(await observe.anonymous(host)).toBe(before.anonymous);
  return 'put back';
}

/** A run that must not even begin, and says why. */
async function refused({ host, before, lockstep }: Stage, why: RegExp): Promise<string> {
  const { pid } = await observe.service(host);
  const run = await lockstep('run', '--json');
  expect(resultOf(run), run.stderr).toBe('failed');
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(why);
  expect((await observe.service(host)).pid).toBe(pid);
  expect(await observe.anonymous(host)).toBe(before.anonymous);
  return 'refused before anything was changed';
}

fault('10-does-not-start', async (stage) => {
  await service(stage.host, "ExecStartPre=/bin/sh -c '! grep -rq 8883 /etc/mosquitto/conf.d'");
  const outcome = await putBack(stage, /did not start|does not start/);
  await service(stage.host, '');
  return outcome;
});

fault('11-port-taken', async (stage) => {
  const taker = ['/usr/sbin/sshd', '-D', '-p', '8883', '-o', 'PidFile=none'];
  await stage.host.succeed(['systemd-run', '--quiet', '--unit=taker', ...taker]);
  await until('port 8883 to be taken', 10, async () => stage.host.listens(8883) || null);
  const outcome = await refused(stage, /Port 8883 .*is taken .*by sshd/);
  await stage.host.succeed(['systemctl', 'stop', 'taker']);
  return outcome;
});

fault('11-behind-firewall', async (stage) => {
  const { host } = stage;
  const inside = ['nsenter', `--target=${host.leader()}`, '--net', 'nft'];
  const rule = 'tcp dport 8883 iifname "eth0" reject with tcp reset';
  const table = `table inet firewall {\nchain in { type filter hook input priority 0; ${rule}; }\n}\n`;
  expect(await program([...inside, '-f', '-'], { input: table })).toMatchObject({ code: 0 });
  const run = await stage.lockstep('run');
  expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
  expect(run.stdout).toContain('Whether its network lets clients through was not tried.');
  await program([...inside, 'delete table inet firewall']);
  return "secured, as the broker's own machine saw it, and told";
});

fault('12-slow-restart', async ({ host, lockstep }) => {
  await service(host, 'ExecStartPre=/bin/sleep 35');
  const run = await lockstep('run', '--json');
  expect(resultOf(run), run.stderr).toMatch(/^(secured|rolled-back)$/);
  await leftAlone(host);
  await service(host, '');
  return resultOf(run) === 'secured' ? 'secured' : 'put back';
});

fault(
  '14-folder-closed',
  async ({ host, lockstep }) => {
    await host.succeed(['chmod', '0600', '/etc/mosquitto/certs']);
    const run = await lockstep('run', '--json');
    expect(resultOf(run), run.stderr).toMatch(/^(failed|rolled-back)$/);
    expect(run.stderr).toMatch(/may not read|Permission denied/);
    await leftAlone(host);
    await host.succeed(['chmod', '0755', '/etc/mosquitto/certs']);
    return 'refused, old service';
  },
  {},
);

fault('14-key-of-root', async (stage) => {
  await service(stage.host, "ExecStartPre=+-/bin/sh -c 'chown root: /etc/mosquitto/certs/*/*.key'");
  const outcome = await putBack(stage, /may not read/);
  await service(stage.host, '');
  return outcome;
});

// As SELinux or AppArmor would: only to the service itself, so that no trial beside it can know.
fault('14-denied-by-policy', async (stage) => {
  await service(stage.host, 'InaccessiblePaths=/etc/mosquitto/certs');
  const outcome = await refused(stage, /\/etc\/mosquitto\/certs/);
  await service(stage.host, '');
  return outcome;
});
