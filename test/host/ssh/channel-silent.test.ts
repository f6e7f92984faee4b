import { once } from 'node:events';
import type { Server as NetServer } from 'node:net';
import ssh2 from 'ssh2';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { remotePort, remoteSocket } from '../../../src/host/ssh/port.ts';
import { serverKey } from '../../support/ssh/server-key.ts';

// An SSH server that is asked for a connection, and neither makes it nor refuses it. Time passes as the test says.

afterEach(() => void vi.useRealTimers());

/** A client of such a server, and what resolves when the server is asked. */
async function silent() {
  const asked = Promise.withResolvers<void>();
  const server = new ssh2.Server({ hostKeys: [serverKey().private] }, (connection) => {
    connection
      .on('error', () => {})
      .on('authentication', (attempt) => attempt.accept())
      .on('tcpip', () => asked.resolve())
      .on('openssh.streamlocal' as never, () => asked.resolve());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = (server as unknown as NetServer).address() as { port: number };
  const client = new ssh2.Client();
  client.on('error', () => {}).connect({ host: '127.0.0.1', port, username: 'pi' });
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  await once(client, 'ready');
  return { client, asked: asked.promise };
}

test.each([
  [
    'a port',
    '10.0.0.7 port 8883',
    (client: ssh2.Client) => remotePort(client, 'pi@broker', '10.0.0.7', 8883),
  ],
  [
    'a unix socket',
    '/run/trial',
    (client: ssh2.Client) => remoteSocket(client, 'pi@broker', '/run/trial'),
  ],
])(
  'a connection to %s that is never answered is given up after thirty seconds',
  async (_, where, open) => {
    const { client, asked } = await silent();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let over = false;
    const answer = open(client)
      .catch((error: unknown) => error)
      .finally(() => {
        over = true;
      });
    await asked;
    await vi.advanceTimersByTimeAsync(29_900);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(await answer).toMatchObject({
      kind: 'timeout',
      message: `pi@broker, asked for a connection to ${where}, did not answer within 30 seconds.`,
      likely: expect.stringContaining('neither makes the connection nor refuses it'),
    });
  },
);
