import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import type { SshSettings } from '../../../src/host/ssh/config/settings.ts';
import { ours } from '../../../src/host/ssh/host-key/terms.ts';
import { connectSsh, type SshOptions } from '../../../src/host/ssh/ssh.ts';
import { serverKey } from '../../support/ssh/server-key.ts';
import { freePort } from '../../support/ssh/sshd.ts';

function connect(
  hostname: string,
  port: number,
  signal?: AbortSignal,
  more: Partial<SshOptions> = {},
) {
  const settings: SshSettings = {
    hostname,
    port,
    user: 'radxa',
    identityFiles: [],
    identitiesOnly: false,
    jumps: [],
    userKnownHosts: ['/dev/null'],
    globalKnownHosts: [],
    hashKnownHosts: false,
    hostKeyTerms: { algorithms: ours, rsaBits: 1024 },
    notes: [],
  };
  return connectSsh(hostname, {
    configResolver: async () => settings,
    ask: {},
    timeoutSeconds: 1,
    ...(signal && { signal }),
    ...more,
  });
}

/** A server that does this with each connection. */
async function server(act: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    act(socket);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  await once(listening, 'listening');
  return (listening.address() as { port: number }).port;
}

const failure = (port: number, host = '127.0.0.1') => connect(host, port).catch((error) => error);

test('each way of not being there is told apart', async () => {
  const port = await freePort();
  const refused = await failure(port);
  expect(refused).toMatchObject({
    kind: 'unreachable',
    exitCode: 3,
    message: `radxa@127.0.0.1:${port}: nothing listens at 127.0.0.1 port ${port}.`,
  });
  const name = await failure(22, 'no-such-host.invalid');
  expect(name.message).toBe('radxa@no-such-host.invalid: that name leads to no address.');
  const silent = await failure(await server(() => {}));
  expect(silent.message).toContain('took the connection and then said nothing more');
  const web = await failure(
    await server((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  expect(web.message).toContain('hung up before it said anything in SSH');
  const busy = await failure(await server((socket) => socket.end()));
  expect(busy.message).toContain('hung up before it said anything in SSH');
  const all = [refused, name, silent, web, busy];
  for (const error of all) {
    expect(error).toMatchObject({ kind: 'unreachable', exitCode: 3 });
    expect(error.likely).toMatch(/\.$/);
    expect(error.next).not.toBe('');
  }
});

test('what such a server says cannot reach the terminal', async () => {
  const port = await server((socket) => socket.end('SSH-2.0-x\r\n\x1b[31m\x07'.repeat(50)));
  const error = await failure(port);
  expect(error).toMatchObject({ name: 'HostError' });
  expect(`${error.message}${error.detail}`).not.toMatch(/[\x00-\x1f]/);
});

test('connecting can be cancelled', async () => {
  const controller = new AbortController();
  const port = await server(() => controller.abort());
  await expect(connect('127.0.0.1', port, controller.signal)).rejects.toMatchObject({
    kind: 'cancelled',
  });
});

test('a connection that ends before a command was answered has broken; it was not refused', async () => {
  const { private: hostKey } = serverKey();
  const listening = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection
      .on('error', () => {})
      .on('authentication', (attempt) => attempt.accept())
      .on('session', (accept) => accept().on('exec', () => connection.end()));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void listening.close());
  await once(listening, 'listening');
  const { port } = listening.address() as { port: number };
  const host = await connect('127.0.0.1', port, undefined, { acceptNewHostKey: true });
  await expect(host.run(['true'])).rejects.toMatchObject({ kind: 'lost', exitCode: 3 });
  await host.close();
});

test('a command that is refused after others were run is not taken for a login that runs none', async () => {
  const { private: hostKey } = serverKey();
  let runs = true;
  const listening = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection
      .on('error', () => {})
      .on('authentication', (attempt) => attempt.accept())
      .on('session', (accept) =>
        accept().on('exec', (take, refuse) => {
          if (!runs) return refuse();
          const channel = take();
          channel.exit(0);
          channel.end();
        }),
      );
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void listening.close());
  await once(listening, 'listening');
  const { port } = listening.address() as { port: number };
  const host = await connect('127.0.0.1', port, undefined, { acceptNewHostKey: true });
  expect(await host.run(['true'])).toMatchObject({ code: 0 });
  runs = false;
  await expect(host.run(['true'])).rejects.toMatchObject({
    kind: 'failed',
    message: expect.stringContaining('does not start another command'),
  });
  await host.close();
});
