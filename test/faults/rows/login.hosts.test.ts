import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import * as observe from '../../support/observe/observer.ts';
import { expectTold } from '../../support/program/trouble.ts';
import { fault, resultOf, type Stage } from '../stage/stage.ts';

fault('6-no-sudo', async ({ host, before, lockstep }) => {
  await host.succeed(['gpasswd', '--delete', host.ssh.user, 'sudo']);
  const told = { code: 4, what: /may not become root/, likely: /group/, next: /usermod/ };
  expectTold(await lockstep('run'), told);
  expect(await observe.tree(host)).toBe(before.tree);
  await host.succeed(['gpasswd', '--add', host.ssh.user, 'sudo']);
  return 'refused, untouched';
});

fault('6-sudo-asks', async ({ host, home, how, before }) => {
  const password = how.indexOf('--sudo-password-file');
  const without = how.filter((_, index) => index !== password && index !== password + 1);
  expectTold(await home.run('run', ...without), {
    code: 4,
    what: /asks for a password/,
    likely: 'Nobody can be asked for it in this run.',
    next: '--sudo-password-file FILE',
  });
  expect(await observe.tree(host)).toBe(before.tree);
  return 'refused, untouched';
});

fault('6-sudo-forgets', async ({ host, lockstep }) => {
  const forgets = 'Defaults timestamp_timeout=0\n';
  await host.writeFile('/etc/sudoers.d/forgets', forgets, { mode: 0o440 });
  expect(resultOf(await lockstep('run', '--json'))).toBe('secured');
  return 'secured';
});

/** The server gives a connection so many sessions. */
const fewSessions =
  (sessions: number) =>
  async ({ host, lockstep }: Stage): Promise<string> => {
    await host.writeFile('/etc/ssh/sshd_config.d/few.conf', `MaxSessions ${sessions}\n`);
    await host.succeed(['systemctl', 'restart', 'ssh']);
    const run = await lockstep('run', '--json');
    expect(resultOf(run), run.stderr).toBe('secured');
    expect(await lockstep('status')).toMatchObject({ code: 0 });
    return 'secured';
  };

fault('31-one-session', fewSessions(1));
fault('31-two-sessions', fewSessions(2));

fault(
  '31-faillock',
  async ({ host, home, lockstep, before }) => {
    const file = join(home.folder, 'sudo-password');
    await writeFile(file, 'wrong\n', { mode: 0o600 });
    for (const _ of ['once', 'again'])
      expectTold(await lockstep('run'), { code: 4, what: /password/, likely: /\w/, next: /\w/ });
    expect(await observe.tree(host)).toBe(before.tree);
    // A third failure would have locked him out.
    await writeFile(file, `${host.ssh.password}\n`, { mode: 0o600 });
    expect(resultOf(await lockstep('run', '--json'))).toBe('secured');
    return 'refused twice, secured';
  },
  {
    async prepare(host) {
      const lock = (when: string) => `auth ${when} deny=3 unlock_time=600 even_deny_root`;
      const lines = [
        lock('requisite pam_faillock.so preauth'),
        'auth [success=1 default=ignore] pam_unix.so',
        lock('[default=die] pam_faillock.so authfail'),
        'account required pam_faillock.so',
        'account include common-account',
        '',
      ];
      await host.writeFile('/etc/pam.d/sudo', lines.join('\n'));
    },
  },
);

fault('22-host-key-unknown', async ({ host, home, how, before }) => {
  const accept = how.indexOf('--accept-host-key');
  const without = how.filter((_, index) => index !== accept && index !== accept + 1);
  expectTold(await home.run('run', ...without), {
    code: 1,
    what: /is not a known host/,
    likely: /first connection/,
    next: /--accept-host-key SHA256:/,
  });
  expect(await observe.tree(host)).toBe(before.tree);
  return 'refused, untouched';
});

fault('22-host-key-changed', async ({ host, home, lockstep, before }) => {
  const other = 'AAAAC3NzaC1lZDI1NTE5AAAAIE8qQPDSn1EV2zmSvwYmLrqSTzLkgyHoRFfXSpQFQNnb';
  const known = join(home.folder, '.ssh/known_hosts');
  await mkdir(join(home.folder, '.ssh'), { recursive: true, mode: 0o700 });
  await writeFile(known, `${host.address} ssh-ed25519 ${other}\n`);
  expectTold(await lockstep('run', '--accept-new-host-key'), {
    code: 1,
    what: /is not the known one/,
    likely: /installed anew .* or somebody listens in between/,
    next: /line 1/,
    detail: /SHA256:/,
  });
  expect(await observe.tree(host)).toBe(before.tree);
  await rm(known);
  return 'refused, untouched';
});
