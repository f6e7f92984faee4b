import { once } from 'node:events';
import net from 'node:net';
import { Trouble } from '../trouble.ts';

/** Where the practice broker listens on 127.0.0.1. */
export interface PracticePorts {
  /** What 1883 is elsewhere. */
  plainPort: number;
  /** What 8883 is elsewhere. */
  tlsPort: number;
}

/** Two loopback ports that are free now; 11883 and 18883 where possible, like the real ones. */
export async function freePorts(): Promise<PracticePorts> {
  const plainPort = await firstFree(11883);
  return { plainPort, tlsPort: await firstFree(18883, plainPort) };
}

async function firstFree(preferred: number, taken?: number): Promise<number> {
  for (let port = preferred; port < preferred + 100; port++) {
    if (port !== taken && (await isFree(port))) return port;
  }
  throw new Trouble('No free port was found for the practice broker.', {
    likely: `Ports ${preferred} to ${preferred + 99} on this machine are all in use.`,
    next: 'End what uses one of them, and try again.',
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
    server.close();
  }
}
