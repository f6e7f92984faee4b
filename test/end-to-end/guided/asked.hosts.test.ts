import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { until } from '../../support/hosts/program.ts';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

onHosts('a command typed at a terminal', limit, () => {
  let host: TestHost;
  let home: Home;
  let screen: Terminal | undefined;
  beforeAll(async () => {
    host = await bootHost({ suite: 'trixie' });
  }, limit.timeout);
  afterAll(() => host?.close());
  beforeEach(async () => {
    home = await newHome();
    return async () => {
      await screen?.close();
      await home.remove();
    };
  });

  /** A machine that is known, and lets in by password. */
  const where = () => [
    ...['--broker', `radxa@${host.address}`],
    ...['--accept-host-key', host.ssh.fingerprints['ssh-ed25519'] ?? ''],
  ];
  const type = (command: string, ...more: string[]) => {
    const argv = [launcher, command, ...where(), ...more];
    screen = new Terminal(process.execPath, argv, { env: home.environment, limit: 30_000 });
    return screen;
  };

  /** Answers one question after the other; what is shown between them is theirs. */
  async function answer(at: Terminal, ...answers: [RegExp, string][]): Promise<void> {
    let shown = '';
    for (const [question, words] of answers) {
      await at.until(() => {
        const fresh = at.output().slice(shown.length);
        return question.test(fresh) && fresh.includes('Ctrl-D');
      }, String(question));
      shown = at.output();
      at.type(words);
      at.press('enter');
    }
  }
  const login = (): [RegExp, string] => [/Password of radxa@/, host.ssh.password];
  const sudo = (): [RegExp, string] => [/sudo password of/, host.ssh.password];

  test('asks for what no file has, and shows none of it', async () => {
    const at = type('status');
    await answer(at, login(), sudo());
    expect((await at.exit()).code).toBe(1);
    expect(at.output()).toContain('7 Verify');
    expect(at.output()).not.toContain(host.ssh.password);
  });

  test('takes a password for what it is, also when the server did not wait for it', async () => {
    await host.succeed([
      'sh',
      '-c',
      'echo "LoginGraceTime 2" > /etc/ssh/sshd_config.d/00-test.conf; systemctl reload ssh',
    ]);
    try {
      const at = type('status');
      await at.until(() => at.output().includes('Ctrl-D'), 'the place to type');
      await until('the server to hang up', 30, async () =>
        /timeout before authentication/i.test(
          await host.succeed(['journalctl', '-q', '-u', 'ssh']),
        ),
      );
      await answer(at, login(), sudo());
      await at.exit();
      expect(at.output()).toContain('7 Verify');
    } finally {
      await host.succeed([
        'sh',
        '-c',
        'rm /etc/ssh/sshd_config.d/00-test.conf; systemctl reload ssh',
      ]);
    }
  });

  test('ends at Ctrl-C, and leaves the terminal as it was', async () => {
    const at = type('undo');
    await at.until(() => at.output().includes('Ctrl-D'), 'the place to type');
    at.press('ctrl-c');
    expect((await at.exit()).code).toBe(130);
  });

  test('asks nothing where that is said, or where there is no terminal', async () => {
    const at = type('status', '--no-input');
    expect((await at.exit()).code).toBe(1);
    expect(at.output()).toContain('nobody can be asked in this run');
    const { code, stderr } = await home.run('status', ...where());
    expect(code).toBe(1);
    expect(stderr).toContain('nobody can be asked in this run');
  });
});
