import { expect, test } from 'vitest';
import { bootHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { launcher, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

const access = '/etc/mosquitto/conf.d/access.conf';

onHosts('an undo that would put back what somebody has edited since', limit, () => {
  test('shows the difference and asks; no leaves all, yes keeps that version beside', async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    await using home = await newHome();
    const how = await reaching(host, home);
    const before = await observe.tree(host);
    expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
    await host.succeed(['sh', '-c', `echo '# mine' >>${access}`]);
    const edited = await observe.tree(host);
    const answered = async (answer: string) => {
      const argv = [launcher, 'undo', ...how];
      const screen = new Terminal(process.execPath, argv, { env: home.environment, limit: 30_000 });
      await screen.seen('Undo it all the same?');
      await screen.seen(/^ use_identity_as_username true\s+\+# mine/m);
      await screen.seen(/Which\? 1-2.*\[1\]/);
      screen.type(answer);
      screen.press('enter');
      const { code } = await screen.exit();
      const said = screen.output();
      await screen.close();
      return { code, said };
    };
    // Enter alone is the safe answer.
    const no = await answered('');
    expect(no.code).toBe(1);
    expect(no.said).toContain('Nothing was put back.');
    expect(await observe.tree(host)).toBe(edited);

    const yes = await answered('2');
    expect(yes.code).toBe(0);
    expect(yes.said).toMatch(/^removed +\/etc\/mosquitto\/certs\/release-0001\r$/m);
    const kept = /\/etc\/mosquitto\/conf\.d\/access\.conf\.later-[0-9-]+/.exec(yes.said)?.[0] ?? '';
    expect(await host.succeed(['tail', '-n', '1', kept])).toBe('# mine\n');
    await host.succeed(['rm', kept]);
    expect(await observe.tree(host)).toBe(before);
  });
});
