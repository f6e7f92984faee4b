import { expect, test } from 'vitest';
import { hostScript } from '../../../src/host-scripts/script.ts';
import { chosen, machineIn } from '../../../src/mosquitto/locate/located.ts';
import { notStarted } from '../../../src/mosquitto/service/not-started.ts';
import { bootHost } from '../../support/hosts/host.ts';
import { suites } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents, undone } from '../../support/program/contract.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

const access = '/etc/mosquitto/conf.d/access.conf';

onHosts('a service that does not start, for a reason that is not ours', limit, () => {
  test.each(suites)(
    'on %s: undo tells why the restored broker does not, not why an earlier one did not',
    async (suite) => {
      await using host = await bootHost({ suite });
      await using home = await newHome();
      const how = await reaching(host, home);
      const before = await observe.tree(host);
      expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
      await host.succeed(['sh', '-c', `echo "listener not-a-port" >> ${access}`]);
      expect((await host.exec(['systemctl', 'restart', 'mosquitto'])).code).not.toBe(0);
      const taken = ['--socket-property=ListenStream=1883', '--socket-property=Accept=yes'];
      await host.succeed(['systemd-run', '--quiet', '--unit=taker', ...taken, 'true']);

      const told = await home.run('undo', ...how, '--yes');
      const kept = /access\.conf as it was changed since: (\S+)$/m.exec(told.stderr)?.[1] ?? '';
      await host.succeed(['rm', kept]);
      expectTold(told, {
        code: 1,
        what: 'The files are as they were, but the broker does not start with them.',
        likely: 'Another program there uses the port',
        next: '("npx lockstep undo", or by hand: sudo systemctl restart mosquitto)',
        detail: /port 1883\.\n.*Error: Address already in use/,
      });
      expect(told.stderr.replace(/^.*changed since.*$/m, '')).not.toContain('access.conf');
      expect(await observe.tree(host)).toBe(before);

      await host.succeed(['systemctl', 'stop', 'taker.socket']);
      const look = await home.run('undo', ...how, '--dry-run');
      expect(look.stdout).toContain('The broker would be restarted.\nNothing was changed');
      const undo = await home.run('undo', ...how, '--json');
      expect(undo).toMatchObject({ code: 0, stderr: '' });
      expect(undone.parse(JSON.parse(undo.stdout))).toMatchObject({
        result: 'restored',
        ran: true,
      });
      expect(await observe.tree(host)).toBe(before);
      expect(await observe.anonymous(host)).toBe(0);
    },
  );

  // A process that ended between two commands of the look was taken for one that somebody had started by hand.
  test('a service that is started again and again is found as that, at whatever moment', async () => {
    await using host = await bootHost({ suite: 'forky' });
    const lines = [
      '[Unit]',
      'StartLimitIntervalSec=0',
      '[Service]',
      'Restart=always',
      'RestartSec=10ms',
    ];
    const again = `mkdir -p /etc/systemd/system/mosquitto.service.d
      printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} >/etc/systemd/system/mosquitto.service.d/again.conf
      echo 'listener not-a-port' >>/etc/mosquitto/mosquitto.conf
      systemctl daemon-reload
      systemctl restart mosquitto || :`;
    await host.succeed(['sh', '-euc', again]);
    // Its wait for a start that is under way would only make this longer.
    const script = hostScript('mosquitto/locate').replace('turn -le 10', 'turn -le 0');
    for (let look = 0; look < 120; look++) {
      const { stdout } = await host.exec(['sh', '-c', script, 'lockstep', '']);
      const machine = machineIn(stdout);
      expect(machine?.strays).toEqual([]);
      expect(machine && chosen('x', machine, '')?.unit).toBe('mosquitto.service');
    }
  });

  test('what systemd says of it has a cause and a next step, whatever the broker says', async () => {
    await using host = await bootHost({ suite: 'trixie' });
    await host.writeFile('/etc/systemd/system/never.service', '[Service]\nExecStart=/bin/false\n');
    await host.succeed(['sh', '-c', 'echo Type=oneshot >>/etc/systemd/system/never.service']);
    const told = async (dropIn: string) => {
      await host.writeFile('/etc/systemd/system/mosquitto.service.d/own.conf', dropIn);
      await host.succeed(['systemctl', 'daemon-reload']);
      const said = await host.exec([
        'sh',
        '-euc',
        `${hostScript('mosquitto/service/control')}\ncontrol systemd restart mosquitto.service`,
      ]);
      expect(said.code).toBe(1);
      return notStarted('rock-4se', said.stdout);
    };
    for (const [dropIn, likely, next] of [
      ['[Unit]\nRequires=never.service\nAfter=never.service\n', /needs did not start/, /--failed/],
      ['[Service]\nExecStart=relative\n', /has an error/, /systemd-analyze verify/],
      ['[Service]\nExecStartPre=/bin/false\n', /\(ExecStartPre\) failed/, /systemctl status/],
      ['[Service]\nExecStartPre=/bin/sleep 9\nTimeoutStartSec=1\n', /in time/, /journalctl/],
      ['[Service]\nExecStart=\nExecStart=sleep 9\nTimeoutStartSec=1\n', /in time/, /journalctl/],
    ] as const)
      expect(await told(dropIn), dropIn).toMatchObject({
        likely: expect.stringMatching(likely),
        next: expect.stringMatching(next),
        detail: expect.stringMatching(/\w/),
      });
    await host.succeed(['rm', '/etc/systemd/system/mosquitto.service.d/own.conf']);
    await host.succeed(['systemctl', 'mask', '--now', 'mosquitto']);
    const { stdout } = await host.exec([
      'sh',
      '-euc',
      `${hostScript('mosquitto/service/control')}\ncontrol systemd restart mosquitto.service`,
    ]);
    expect(notStarted('rock-4se', stdout).next).toContain('systemctl unmask');
  });

  test('under SysV, where nothing but its log tells why', async () => {
    await using host = await bootHost({ suite: 'bookworm', variant: 'sysv' });
    await using home = await newHome();
    const how = await reaching(host, home);
    expect(await home.run('run', ...how, '--through', 'distribute')).toMatchObject({ code: 0 });
    const before = await observe.tree(host);
    // Something else that listens: another SSH server. Nothing tells it before.
    await host.succeed(['/usr/sbin/sshd', '-p', '8883']);
    await host.succeed(['sh', '-c', 'rm "$(command -v ss)"']);
    expectTold(await home.run('run', ...how), {
      code: 1,
      what: 'The change was put back: the broker serves as it did before.',
      likely: 'Another program there uses the port',
      next: '"sudo ss -ltnp" there shows which.',
      detail: /port 8883\.\n.*Error: Address already in use/,
    });
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);
  });

  test('one that is masked is not begun with; undone, it is said how it gets started again', async () => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const before = await observe.tree(host);
    // It goes on running until somebody stops it.
    await host.succeed(['systemctl', 'mask', 'mosquitto']);
    const masked = {
      code: 1,
      what: `The service mosquitto is masked on radxa@${host.address}.`,
      likely: 'Somebody has told systemd never to start it',
      next: '"sudo systemctl unmask mosquitto"',
    };
    expectTold(await home.run('run', ...how), masked);
    await host.succeed(['systemctl', 'unmask', 'mosquitto']);
    expect(await observe.tree(host)).toBe(before);

    expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
    await host.succeed(['systemctl', 'mask', '--now', 'mosquitto']);
    expectTold(await home.run('run', ...how), masked);
    expectTold(await home.run('undo', ...how), {
      ...masked,
      what: 'The files are as they were, but the broker could not be restarted.',
    });
    await host.succeed(['systemctl', 'unmask', 'mosquitto']);
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);
  });

  test('one whose unit file has an error is not begun with', async () => {
    await using host = await bootHost({ suite: 'forky' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const dropIn = '/etc/systemd/system/mosquitto.service.d/type.conf';
    await host.writeFile(dropIn, '[Service]\nExecStart=mosquitto -c relative.conf\nType=notify\n');
    await host.succeed(['systemctl', 'daemon-reload']);
    const before = await observe.tree(host);
    expectTold(await home.run('run', ...how), {
      code: 1,
      what: `systemd cannot read the service mosquitto on radxa@${host.address}.`,
      likely: 'has an error',
      next: '"systemd-analyze verify mosquitto.service"',
      detail: 'LoadState=bad-setting',
    });
    expect(await observe.tree(host)).toBe(before);
  });

  test('one that cannot start for what its unit runs before: put back, and what is left is said', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const dropIn = '/etc/systemd/system/mosquitto.service.d/before.conf';
    await host.succeed(['sh', '-c', observe.aged]);
    await host.writeFile(dropIn, '[Service]\nExecStartPre=/bin/false\n');
    await host.succeed(['systemctl', 'daemon-reload']);
    const before = await observe.tree(host);
    const run = await home.run('run', ...how, '--json', '--through', 'harden');
    expectTold(run, {
      code: 1,
      what: 'The broker is down: it starts neither with the change nor with its old files.',
      likely: 'A command that its unit file runs before the broker (ExecStartPre) failed.',
      next: 'lockstep undo',
      detail: /# .*[Cc]ontrol process exited[\s\S]*systemctl restart mosquitto/,
    });
    const events = runEvents(run.stdout);
    expect(events.at(-1)).toMatchObject({ result: 'failed' });
    // It was warned about before.
    expect(run.stdout).toContain(`${dropIn} was changed after the broker was started`);
    await host.succeed(['sh', '-c', `rm ${dropIn}; systemctl daemon-reload`]);
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect((await observe.tree(host)).replaceAll(/.*mosquitto\.service\.d.*\n/g, '')).toBe(
      before.replaceAll(/.*mosquitto\.service\.d.*\n/g, ''),
    );
    expect(await observe.anonymous(host)).toBe(0);
  });
});
