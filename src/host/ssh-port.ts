import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { codeOfChannel, NoConnection } from './no-connection.ts';
import { lost } from './ssh-failure.ts';

/** A TCP connection that the machine at the far end makes for us (`direct-tcpip`, RFC 4254 section 7.2). */
export function remotePort(
  client: Client,
  name: string,
  address: string,
  port: number,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    // To a request that waits for its answer, ssh2 tells the end of the connection as a refusal.
    let over = false;
    const closed = () => {
      over = true;
    };
    client.once('close', closed);
    try {
      client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
        client.off('close', closed);
        if (over) reject(lost(name, error));
        else if (error)
          reject(new NoConnection(codeOfChannel(error), `${address} port ${port}`, error));
        // As a socket does: when the other side has said all, this one hangs up too.
        else resolve(channel.once('end', () => channel.end()));
      });
    } catch (error) {
      client.off('close', closed);
      reject(lost(name, error));
    }
  });
}
