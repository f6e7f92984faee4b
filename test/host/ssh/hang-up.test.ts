import { execFileSync } from 'node:child_process';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectTo, makeClient, noSshd, startSshd } from '../../support/ssh/sshd.ts';

// A server that does not answer any more: frozen, or its network is gone. Whoever has ended keeps nothing open.

const open = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

test.skipIf(noSshd)(
  'leave is taken of a server that does not answer it (needs OpenSSH)',
  async () => {
    const client = await makeClient();
    const sshd = await startSshd({ authorized: [`${client.key}.pub`] });
    await vi.waitFor(() => expect(open()).toBe(0));
    const host = await connectTo(sshd.port, client);
    expect(await host.run(['echo', 'there'])).toMatchObject({ stdout: 'there\n' });
    expect(open()).toBe(1);
    const ofConnections = execFileSync('pgrep', ['-P', String(sshd.pid)], { encoding: 'utf8' });
    const pids = ofConnections.trim().split('\n').map(Number);
    const signal = (name: NodeJS.Signals) => {
      for (const pid of pids) process.kill(pid, name);
    };
    signal('SIGSTOP');
    onTestFinished(() => signal('SIGCONT'));
    await host.close();
    await vi.waitFor(() => expect(open()).toBe(0), { timeout: 20_000, interval: 50 });
  },
);
