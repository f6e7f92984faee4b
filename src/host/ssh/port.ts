import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { HostError } from '../../errors/host-error.ts';
import { codeOfChannel, NoConnection } from '../programs/no-connection.ts';
import { within } from '../programs/within.ts';
import { lost } from './failure.ts';

/** A machine that connects for us takes as long as its own system waits for an answer, or this. */
const openSeconds = 30;

type Opened = (error: Error | undefined, channel: ClientChannel) => void;

/** A TCP connection that the machine at the far end makes for us (`direct-tcpip`, RFC 4254 section 7.2). */
export const remotePort = (client: Client, name: string, address: string, port: number) =>
  forwarded(client, name, `${address} port ${port}`, (opened) =>
    client.forwardOut('127.0.0.1', 0, address, port, opened),
  );

/** The same to a unix socket there (`direct-streamlocal@openssh.com`). */
export const remoteSocket = (client: Client, name: string, path: string) =>
  forwarded(client, name, path, (opened) => client.openssh_forwardOutStreamLocal(path, opened));

const forwarded = (
  client: Client,
  name: string,
  where: string,
  open: (opened: Opened) => void,
): Promise<Duplex> =>
  within(
    asked(client, name, where, open),
    {
      seconds: openSeconds,
      what: `${name}, asked for a connection to ${where},`,
      likely:
        'Its SSH server neither makes the connection nor refuses it: it hangs, or is made so.',
    },
    (stream) => stream.destroy(),
  );

/**
 * What ssh2 tells as a refusal, or as if the other side had hung up, where the connection that carries it
 * ended: here that is an error of kind `lost`, of the request or of the stream.
 */
function asked(
  client: Client,
  name: string,
  where: string,
  open: (opened: Opened) => void,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let over = false;
    let broken = () => {
      over = true;
    };
    const closed = () => broken();
    client.once('close', closed);
    const failed = (error: HostError) => {
      client.off('close', closed);
      reject(error);
    };
    const opened: Opened = (error, channel) => {
      if (over) return failed(lost(name, error));
      if (error) return failed(new NoConnection(codeOfChannel(error), where, error));
      broken = () => {
        channel.emit('error', lost(name));
      };
      channel.once('close', () => client.off('close', closed));
      channel.on('error', () => {});
      // As a socket does: when the other side has said all, this one hangs up too.
      resolve(channel.once('end', () => channel.end()));
    };
    try {
      open(opened);
    } catch (error) {
      failed(lost(name, error));
    }
  });
}
