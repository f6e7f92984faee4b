import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { Trouble } from '../errors/trouble.ts';

/** Where the practice broker listens on 127.0.0.1. */
export interface PracticePorts {
  /** What 1883 is elsewhere. */
  plainPort: number;
  /** What 8883 is elsewhere. */
  tlsPort: number;
}

// Below the range that systems take ports for outgoing connections from (32768 on, RFC 6335: 49152).
const lowest = 11_000;
const pairs = 8000;

/**
 * Two neighbouring loopback ports that are free now, chosen at random: in a classroom many practice
 * brokers share one machine, and each keeps its ports also while it does not run.
 */
export async function freePorts(): Promise<PracticePorts> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const plainPort = lowest + 2 * randomInt(pairs);
    const tlsPort = plainPort + 1;
    if ((await isFree(plainPort)) && (await isFree(tlsPort))) return { plainPort, tlsPort };
  }
  throw new Trouble('No free ports were found for the practice broker.', {
    likely: 'Almost all ports of this machine are in use.',
    next: 'End what uses them, and try again.',
  });
}

/** Whether 127.0.0.1:port can be listened on now. */
export async function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
