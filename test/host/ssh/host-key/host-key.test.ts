import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { setTimeout as passed } from 'node:timers/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { HostKeyInfo, SshAsk } from '../../../../src/host/ssh/login/ask.ts';
import {
  type Client,
  connectTo,
  keygen,
  makeClient,
  makeKey,
  me,
  noSshd,
  type Sshd,
  startSshd,
  withFile,
} from '../../../support/ssh/sshd.ts';

vi.setConfig({ testTimeout: 30_000 });

let owner: Client;
let sshd: Sshd;
const later = withFile();
const careful = { acceptNewHostKey: false };

/** A client that has the owner's key and knows no hosts. */
async function newcomer(): Promise<Client> {
  return { ...(await makeClient()), key: owner.key };
}

const name = () => `[127.0.0.1]:${sshd.port}`;
const line = async (path: string) =>
  (await readFile(`${path}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
const fingerprintOf = (path: string) => keygen('-lf', `${path}.pub`).split(' ')[1] ?? '';

/** What the real ssh thinks of the host by the same known_hosts. */
function realSsh(client: Client): boolean {
  const set = [
    'StrictHostKeyChecking=yes',
    'BatchMode=yes',
    `UserKnownHostsFile=${client.knownHosts}`,
  ];
  const options = [...set, 'GlobalKnownHostsFile=/dev/null', 'IdentitiesOnly=yes'].flatMap((o) => [
    '-o',
    o,
  ]);
  const argv = [
    '-F',
    'none',
    '-i',
    owner.key,
    '-p',
    String(sshd.port),
    ...options,
    `${me}@127.0.0.1`,
    'true',
  ];
  return spawnSync('ssh', argv).status === 0;
}

describe.skipIf(noSshd)('host keys (needs OpenSSH)', () => {
  beforeAll(async () => {
    owner = await makeClient('ed25519', later);
    const authorized = [`${owner.key}.pub`];
    sshd = await startSshd({ authorized, hostKeys: ['ed25519', 'rsa', 'ecdsa'] }, later);
  });

  test('an unknown one is refused when nobody can be asked, with its fingerprint', async () => {
    const client = await newcomer();
    const right = fingerprintOf(sshd.hostKey('ed25519'));
    await expect(connectTo(sshd.port, client, careful)).rejects.toMatchObject({
      kind: 'host-key-unknown',
      detail: right,
      next: expect.stringContaining(`--accept-host-key ${right}`),
    });
    await expect(stat(client.knownHosts)).rejects.toThrow();
  });

  test('is shown as ssh-keygen prints it, and waited for however long it takes', async () => {
    const client = await newcomer();
    const shown: HostKeyInfo[] = [];
    const ask: SshAsk = {
      hostKey: async (info) => {
        shown.push(info);
        await passed(1500);
        return 'accept';
      },
    };
    const options = { ...careful, ask, timeoutSeconds: 1 };
    await connectTo(sshd.port, client, options);
    expect(shown).toEqual([
      {
        name: name(),
        address: `127.0.0.1 port ${sshd.port}`,
        type: 'ssh-ed25519',
        fingerprint: fingerprintOf(sshd.hostKey('ed25519')),
        compareWith: 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
        file: client.knownHosts,
      },
    ]);
    expect((await stat(client.knownHosts)).mode & 0o777).toBe(0o600);
    expect(realSsh(client)).toBe(true);
    await connectTo(sshd.port, client, { ...careful, ask: {} });
    expect(shown).toHaveLength(1);
  });

  test('refusing it does nothing there and remembers nothing', async () => {
    const client = await newcomer();
    const ask: SshAsk = { hostKey: async () => 'refuse' };
    await expect(connectTo(sshd.port, client, { ...careful, ask })).rejects.toMatchObject({
      kind: 'host-key-unknown',
    });
    await expect(stat(client.knownHosts)).rejects.toThrow();
  });

  test('a fingerprint given beforehand accepts that key and no other', async () => {
    const client = await newcomer();
    const acceptHostKey = fingerprintOf(sshd.hostKey('ed25519'));
    const wrong = fingerprintOf(owner.key);
    await expect(
      connectTo(sshd.port, client, { acceptHostKey: wrong, acceptNewHostKey: true }),
    ).rejects.toMatchObject({ kind: 'host-key-unknown', next: expect.stringContaining(wrong) });
    await connectTo(sshd.port, client, { ...careful, acceptHostKey });
    await connectTo(sshd.port, client, careful);
  });

  test('names are hashed where the configuration says so', async () => {
    const client = await newcomer();
    await writeFile(`${client.home}/config`, 'HashKnownHosts yes\n');
    await connectTo(sshd.port, client);
    expect(await readFile(client.knownHosts, 'utf8')).toMatch(/^\|1\|/);
    expect(realSsh(client)).toBe(true);
    await connectTo(sshd.port, client, careful);
  });

  test('a host that is known by its RSA or ECDSA key shows that one', async () => {
    for (const kind of ['rsa', 'ecdsa'] as const) {
      const client = await newcomer();
      await writeFile(client.knownHosts, `${name()} ${await line(sshd.hostKey(kind))}\n`);
      expect(realSsh(client)).toBe(true);
      await connectTo(sshd.port, client, careful);
    }
  });

  test('a changed key is always refused, with file, line and the command', async () => {
    const client = await newcomer();
    const stranger = makeKey(client.home, 'stranger');
    await writeFile(client.knownHosts, `# mine\n${name()} ${await line(stranger)}\n`);
    expect(realSsh(client)).toBe(false);
    const acceptHostKey = fingerprintOf(sshd.hostKey('ed25519'));
    const ask: SshAsk = { hostKey: async () => 'accept' };
    const options = { ask, acceptHostKey, acceptNewHostKey: true };
    const error = await connectTo(sshd.port, client, options).catch((refusal) => refusal);
    expect(error).toMatchObject({
      kind: 'host-key-changed',
      next: expect.stringContaining(`${client.knownHosts}, line 2`),
    });
    const [, command = ''] = /`(ssh-keygen[^`]*)`/.exec(error.next) ?? [];
    execFileSync('sh', ['-c', command], { stdio: 'pipe' });
    await connectTo(sshd.port, client, { ...careful, acceptHostKey });
  });

  test('a host that offers only types nobody has seen counts as changed', async () => {
    const client = await newcomer();
    const only = await startSshd({ authorized: [`${owner.key}.pub`], hostKeys: ['ecdsa'] });
    const entry = `[127.0.0.1]:${only.port} ${await line(sshd.hostKey('ed25519'))}\n`;
    await writeFile(client.knownHosts, entry);
    await expect(connectTo(only.port, client)).rejects.toMatchObject({ kind: 'host-key-changed' });
  });

  test('a revoked key is refused, even when it is also known', async () => {
    const client = await newcomer();
    const key = await line(sshd.hostKey('ed25519'));
    await writeFile(client.knownHosts, `${name()} ${key}\n@revoked * ${key}\n`);
    expect(realSsh(client)).toBe(false);
    await expect(connectTo(sshd.port, client)).rejects.toMatchObject({
      kind: 'host-key-revoked',
      likely: expect.stringContaining(`${client.knownHosts}, line 2`),
    });
  });

  test('a trusted authority is no known key, and that is said', async () => {
    const client = await newcomer();
    const authority = `@cert-authority * ${await line(owner.key)}\n`;
    await writeFile(client.knownHosts, authority);
    const notes: string[] = [];
    await connectTo(sshd.port, client, { notice: (text) => notes.push(text) });
    expect(notes).toEqual([expect.stringContaining('certificate authority')]);
  });

  test('a folder that cannot be written costs a notice, not the connection', async () => {
    const client = await newcomer();
    const notes: string[] = [];
    await writeFile(`${client.home}/config`, 'UserKnownHostsFile /proc/no/known_hosts\n');
    await connectTo(sshd.port, client, { notice: (text) => notes.push(text) });
    expect(notes).toEqual([expect.stringContaining('could not be remembered')]);
  });
});
