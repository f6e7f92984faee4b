import { expect, test } from 'vitest';
import { bootHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

const certificates = '/etc/mosquitto/certs';
const access = '/etc/mosquitto/conf.d/access.conf';
const mine = '/etc/mosquitto/conf.d/mine.conf';

const listener = (port: number, key: string) => `listener ${port}
cafile ${certificates}/current/root_ca.crt
certfile ${certificates}/current/${key.replace(/key$/, 'crt')}
keyfile ${certificates}/current/${key}
require_certificate true
`;

onHosts('certificates that somebody has put into use by lines of his own', limit, () => {
  test('are not taken away by an undo, which says so; when the lines are gone, they are', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const undo = (...words: string[]) => home.run('undo', ...how, ...words);
    const restart = () => host.succeed(['systemctl', 'restart', 'mosquitto']);
    const before = await observe.tree(host);
    expect(await home.run('run', '--through', 'distribute', ...how)).toMatchObject({ code: 0 });
    const brought = await observe.tree(host);
    const [, key = ''] = / ?(\S+\.key)$/m.exec(
      await host.succeed(['ls', `${certificates}/release-0001`]),
    ) as RegExpExecArray;

    await host.succeed(['ln', '-s', 'release-0001', `${certificates}/current`]);
    await host.writeFile(mine, listener(8883, key));
    await restart();
    const byHand = await observe.tree(host);
    const left = {
      left: [`${certificates}/release-0001`],
      named: [2, 3, 4].map((line) => ({ file: mine, line })),
    };
    const look = await undo('--dry-run', '--json');
    expect(JSON.parse(look.stdout)).toMatchObject({ result: 'nothing-to-undo', ...left });
    const said = await undo();
    expect(said).toMatchObject({ code: 0 });
    expect(said.stdout).toContain(`${mine} line 4: keyfile ${certificates}/current/${key}`);
    expect(said.stdout).toContain('Nothing was put back.');
    expect(await observe.tree(host)).toBe(byHand);
    await restart();

    // A set-up on top of it goes, and what was there by hand serves again.
    expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).not.toBe(byHand);
    const partly = await undo('--json');
    expect(partly).toMatchObject({ code: 0 });
    expect(JSON.parse(partly.stdout)).toMatchObject({ result: 'restored', ...left });
    expect(await observe.tree(host)).toBe(byHand);
    expect(host.listens(8883)).toBe(true);

    await host.succeed(['rm', mine, `${certificates}/current`]);
    await restart();
    expect(await observe.tree(host)).toBe(brought);
    expect(await undo()).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
  });

  test('by way of a link that would go: nothing is changed, and the lines are told with what to write', async () => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const before = await observe.tree(host);
    expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
    const [, key = ''] = /^keyfile .*\/(\S+)$/m.exec(String(await host.read(access))) ?? [];
    await host.writeFile(mine, listener(8884, key));
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    const secured = await observe.tree(host);
    for (const words of [['--dry-run'], ['--yes']]) {
      const undo = await home.run('undo', ...how, ...words);
      expect(undo.code).toBe(1);
      expect(undo.stderr).toContain('would lose certificates by an undo');
      expect(undo.stderr).toContain(`${mine} line 3: certfile`);
      expect(await observe.tree(host)).toBe(secured);
    }
    // Who does as he is told has an undo, and a broker that serves with what stays.
    const { stderr } = await home.run('undo', ...how);
    const told = [...stderr.matchAll(/line (\d+): \w+ (\S+)\n +(\/\S+)$/gm)];
    expect(told.map(([, line]) => line)).toEqual(['2', '3', '4']);
    for (const [, line, link = '', path = ''] of told) {
      expect(link).toContain('/current/');
      await host.succeed(['sed', '-i', `${line}s|${link}|${path}|`, mine]);
    }
    const partly = await home.run('undo', ...how);
    expect(partly).toMatchObject({ code: 0 });
    expect(partly.stdout).toContain(`${certificates}/release-0001 (in use`);
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    expect(host.listens(8884)).toBe(true);
    expect(await host.stat(`${certificates}/current`)).toBeNull();
    await host.succeed(['rm', mine]);
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
  });

  test('are not taken away by a later set-up, either', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    await using home = await newHome();
    const how = await reaching(host, home);
    expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
    const [, key = ''] = /^keyfile .*\/(\S+)$/m.exec(String(await host.read(access))) ?? [];
    await host.writeFile(mine, listener(8884, key).replaceAll('/current/', '/release-0001/'));
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    for (const name of ['one.lan', 'two.lan', 'three.lan'])
      expect(await home.run('run', ...how, '--name', name)).toMatchObject({ code: 0 });
    const there = await host.succeed(['ls', certificates]);
    expect(there.split('\n').filter((one) => one.startsWith('release-'))).toEqual(
      ['0001', '0003', '0004'].map((one) => `release-${one}`),
    );
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    expect(host.listens(8884)).toBe(true);
  });
});
