import { expect, test } from 'vitest';
import { bootHost } from '../hosts/host.ts';
import { runEvents } from './contract.ts';
import { newHome, reaching } from './lockstep.ts';
import * as observe from './observer.ts';
import { limit, onHosts } from './on-hosts.ts';

onHosts('an SSH server that gives a connection few sessions', limit, () => {
  test.each([1, 2])('MaxSessions %i: the whole way, looked at, and undone', async (sessions) => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    await host.writeFile('/etc/ssh/sshd_config.d/few.conf', `MaxSessions ${sessions}\n`);
    await host.succeed(['systemctl', 'restart', 'ssh']);
    const before = await observe.tree(host);
    const how = await reaching(host, home);
    const run = await home.run('run', ...how, '--json');
    expect(runEvents(run.stdout).at(-1), run.stderr).toMatchObject({ result: 'secured' });
    expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
    expect(await home.run('status', ...how)).toMatchObject({ code: 0 });
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);
  });
});
