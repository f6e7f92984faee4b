import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectSsh, type SshOptions } from '../../../src/host/ssh/ssh.ts';
import {
  type Client,
  freePort,
  makeClient,
  me,
  noSshd,
  resolver,
  type Sshd,
  startSshd,
  withFile,
} from '../../support/ssh/sshd.ts';

vi.setConfig({ testTimeout: 30_000 });

let client: Client;
let gate: Sshd;
let inner: Sshd;
const later = withFile();

/** Writes ~/.ssh/config with these lines for `inner`, and goes there. */
async function go(lines: string[], options: Partial<SshOptions> = {}) {
  const text = [
    'Host inner',
    '  HostName 127.0.0.1',
    `  Port ${inner.port}`,
    ...lines.map((line) => `  ${line}`),
    'Host gate',
    '  HostName 127.0.0.1',
    `  Port ${gate.port}`,
    'Host *',
    `  User ${me}`,
    `  IdentityFile ${client.key}`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${client.knownHosts}`,
  ];
  await writeFile(join(client.home, 'config'), text.join('\n'));
  const host = await connectSsh('inner', {
    configResolver: resolver(client),
    ask: {},
    acceptNewHostKey: true,
    timeoutSeconds: 10,
    ...options,
  });
  onTestFinished(() => host.close());
  return host;
}

describe.skipIf(noSshd)('through other hosts (needs OpenSSH)', () => {
  beforeAll(async () => {
    client = await makeClient('ed25519', later);
    gate = await startSshd({ authorized: [`${client.key}.pub`] }, later);
    inner = await startSshd({ authorized: [`${client.key}.pub`] }, later);
  });

  test('ProxyJump: each host has its key checked', async () => {
    const asked: string[] = [];
    const hostKey = async ({ name }: { name: string }) => {
      asked.push(name);
      return 'accept' as const;
    };
    const options = { acceptNewHostKey: false, ask: { hostKey } };
    const host = await go(['ProxyJump gate'], options);
    expect(asked).toEqual([`[127.0.0.1]:${gate.port}`, `[127.0.0.1]:${inner.port}`]);
    const { stdout } = await host.run(['sh', '-c', 'echo "$SSH_CONNECTION"']);
    expect(stdout.trim().endsWith(` ${inner.port}`)).toBe(true);
    const big = await host.run(['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x'], {
      limit: 4e6,
    });
    expect(big.stdout.length).toBe(3_000_000);
  });

  test('two hosts on the way, and a user and port written out', async () => {
    const host = await go([`ProxyJump ${me}@127.0.0.1:${gate.port},gate`]);
    expect(await host.run(['echo', 'there'])).toMatchObject({ stdout: 'there\n' });
  });

  test('what the jump host cannot reach is told as its failure', async () => {
    const text = [
      'Host far',
      '  HostName 127.0.0.1',
      `  Port ${await freePort()}`,
      `  ProxyJump ${me}@127.0.0.1:${gate.port}`,
      'Host *',
      `  IdentityFile ${client.key}`,
      `  UserKnownHostsFile ${client.knownHosts}`,
    ];
    await writeFile(join(client.home, 'config'), text.join('\n'));
    await expect(
      connectSsh('far', { configResolver: resolver(client), ask: {}, acceptNewHostKey: true }),
    ).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('jump host cannot reach'),
    });
  });

  test('hosts that name each other are no way', async () => {
    await expect(go(['ProxyJump inner'])).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('circle'),
    });
  });

  test('ProxyCommand is said to be none', async () => {
    await expect(go(['ProxyCommand nc %h %p'])).rejects.toMatchObject({
      kind: 'unreachable',
      next: expect.stringContaining('ProxyJump'),
    });
  });
});
