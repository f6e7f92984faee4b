import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  connectTo,
  makeClient,
  noSshd,
  startSshd,
  temporaryFolder,
} from '../../support/ssh/sshd.ts';

// An SSH agent that takes the connection and then says nothing, or does not sign. Time passes as the test says.

afterEach(() => void vi.useRealTimers());

/** An agent that lists this key, where there is one, and never signs. `asked` resolves when it is asked for that, or for all. */
async function agent(keyFile?: string) {
  const socket = join(await temporaryFolder(), 'agent');
  const asked = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client.on('error', () => {}));
    client.on('close', () => sockets.delete(client));
    if (keyFile === undefined) {
      client.once('data', () => asked.resolve());
      return;
    }
    const key = ssh2.utils.parseKey(readFileSync(keyFile));
    const protocol = new ssh2.AgentProtocol(false);
    protocol.on('identities', (request) => protocol.getIdentitiesReply(request, [key as never]));
    protocol.on('sign', () => asked.resolve());
    client.pipe(protocol).pipe(client);
  }).listen(socket);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const one of sockets) one.destroy();
    server.close();
  });
  /** Nothing of ours is left there. */
  const left = () => {
    vi.useRealTimers();
    return vi.waitUntil(() => sockets.size === 0);
  };
  return { socket, asked: asked.promise, left };
}

async function stage() {
  const client = await makeClient();
  const sshd = await startSshd({ authorized: [`${client.key}.pub`] });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return { client, port: sshd.port };
}

describe.skipIf(noSshd)('an agent', () => {
  test('that says nothing is left out after ten seconds: a key file is enough', async () => {
    const { client, port } = await stage();
    const { socket, asked, left } = await agent();
    const login = connectTo(port, client, { agentSocket: socket });
    await asked;
    await vi.advanceTimersByTimeAsync(10_000);
    const host = await login;
    expect((await host.run(['echo', 'in'])).stdout).toBe('in\n');
    await left();
  });

  test('that says nothing is told where no key is left', async () => {
    const { client, port } = await stage();
    const { socket, asked, left } = await agent();
    const login = connectTo(port, client, { agentSocket: socket, identityFiles: [] });
    const outcome = login.catch((error) => error);
    await asked;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await outcome).toMatchObject({
      message: 'The SSH agent did not answer within 10 seconds.',
      exitCode: 3,
    });
    await left();
  });

  test('that does not sign is waited for, as it may ask somebody, and not for ever', async () => {
    const { client, port } = await stage();
    const { socket, asked, left } = await agent(client.key);
    // It holds the key of the file, and is asked for it.
    const login = connectTo(port, client, { agentSocket: socket });
    let over = false;
    const outcome = login
      .catch((error) => error)
      .finally(() => {
        over = true;
      });
    await asked;
    await vi.advanceTimersByTimeAsync(99_000);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await outcome).toMatchObject({
      kind: 'timeout',
      message: 'The SSH agent did not answer within 100 seconds.',
    });
    await left();
  });
});
