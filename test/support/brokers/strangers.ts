import { once } from 'node:events';
import net from 'node:net';
import { onTestFinished } from 'vitest';

/** A server that is no broker, and does this with whoever comes; its port. Gone when the test is over. */
export async function serve(
  onSocket: (socket: net.Socket) => void,
  make: (listener: (socket: net.Socket) => void) => net.Server = net.createServer,
): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = make((socket) => {
    sockets.add(socket.on('error', () => {}));
    onSocket(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

/** One that answers whatever comes, and hangs up. */
export const answering = (answer: string | Buffer) => (socket: net.Socket) =>
  socket.once('data', () => socket.end(answer));
