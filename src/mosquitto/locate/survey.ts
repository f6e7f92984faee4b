import { isIP } from 'node:net';
import type { Host } from '../../host/api/host.ts';
import { type Clock, clockFrom, fieldsOf } from '../../host/clock/clock.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import type { Socket } from '../effective/sockets.ts';

/** What a broker's machine shows of itself, from the kernel rather than from configuration. */
export interface Survey {
  /** What the kernel says brokers on this machine listen on, and which process does. */
  sockets: { address: string; port: number; pid: number | null }[];
  /** Clients connected to them now. */
  clients: { port: number; remote: string; pid: number | null }[];
  /** Null where it tells no time. */
  clock: Clock | null;
  /** Bytes free where the configuration is. */
  freeBytes: number | null;
}

/** Looks around on the broker's machine, in one round trip. Root is needed to see whose sockets. */
export async function survey(host: Host, folder: string, now: () => Date): Promise<Survey> {
  const sent = now();
  const { stdout } = await host.run(scriptCommand('mosquitto/survey', folder), {
    root: true,
    doing: 'Looking around',
  });
  const received = now();
  const values = fieldsOf(stdout);
  const free = values('free')[0];
  return {
    sockets: values('listens').flatMap((text) => {
      const [local = '', who = ''] = text.split(' ');
      const found = socketIn(local);
      return found ? { ...found, address: clean(found.address, 60), pid: processOf(who) } : [];
    }),
    clients: values('client').flatMap((text) => {
      const [local = '', remote = '', who = ''] = text.split(' ');
      const port = socketIn(local)?.port;
      return port === undefined ? [] : [{ port, remote: clean(remote, 60), pid: processOf(who) }];
    }),
    clock: clockFrom(values, sent, received),
    freeBytes: free && /^\d+$/.test(free) ? Number(free) * 1024 : null,
  };
}

/** `0.0.0.0:1883`, `[::]:1883`, `*:1883`, `[fe80::1]%eth0:1883`, as ss(8) writes them. */
export function socketIn(text: string): { address: string; port: number } | null {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port)) return null;
  return { address: text.slice(0, colon).replace(/^\[|\](?=%|$)/g, ''), port };
}

/** The same as a socket that listens; null for what is none of TCP. A `*` is one of IPv6 that takes IPv4, too. */
export function listeningIn(text: string): Socket | null {
  const found = socketIn(text);
  if (found?.address === '*') return { port: found.port, address: '::(dual)' };
  const address = found?.address.replace(/%.*/, '') ?? '';
  return found && isIP(address) !== 0 ? { port: found.port, address } : null;
}

/** `users:(("mosquitto",pid=123,fd=4))` */
function processOf(who: string): number | null {
  const pid = /pid=(\d+)/.exec(who)?.[1];
  return pid ? Number(pid) : null;
}
