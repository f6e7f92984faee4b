import { isIP } from 'node:net';
import { Trouble } from '../../../errors/trouble.ts';

export interface SshTarget {
  user?: string;
  /** A name, an alias of ~/.ssh/config, or an address without brackets. */
  host: string;
  port?: number;
}

/**
 * Takes `[user@]host[:port]` apart; an IPv6 address with a port stands in brackets. Throws a Trouble
 * for anything else, above all for what ssh would take for an option.
 */
export function parseTarget(text: string): SshTarget {
  const at = text.lastIndexOf('@');
  const user = at >= 0 ? text.slice(0, at) : undefined;
  const rest = text.slice(at + 1);
  const [, bracketed, plain, port] =
    /^(?:\[([^\]]+)\]|([^:\s]+|[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*(?:%[\w.-]+)?))(?::(\d{1,5}))?$/i.exec(
      rest,
    ) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? undefined : Number(port);
  const odd = /[\p{Cc}\s]/u;
  if (host === undefined || host.startsWith('-') || odd.test(text) || user?.startsWith('-'))
    throw notATarget();
  // The system would take 010.0.0.1 for 8.0.0.1, and no certificate can name it so.
  if (/^\d[\d.]*\.[\d.]*$/.test(host) && isIP(host) === 0) throw notAnAddress();
  if (user === '' || (number !== undefined && (number < 1 || number > 65_535))) throw notATarget();
  return {
    host,
    ...(user !== undefined && { user }),
    ...(number !== undefined && { port: number }),
  };
}

function notAnAddress(): Trouble {
  return new Trouble('That is not an IPv4 address.', {
    likely: 'It has four numbers from 0 to 255, with no zero before them and no dot at the end.',
    next: 'For example: radxa@192.168.1.20.',
    exitCode: 2,
  });
}

function notATarget(): Trouble {
  return new Trouble('That is not the name of a host.', {
    likely: 'A host is written as name, user@name, user@name:port or user@[IPv6 address]:port.',
    next: 'For example: radxa@rock-4se, or radxa@192.168.1.20:2222.',
    exitCode: 2,
  });
}

/** How a host is called in texts: `user@host`, with the port where it is not 22. */
export function targetName({
  user,
  hostname,
  port,
}: {
  user: string;
  hostname: string;
  port: number;
}) {
  const host = hostname.includes(':') && port !== 22 ? `[${hostname}]` : hostname;
  return port === 22 ? `${user}@${host}` : `${user}@${host}:${port}`;
}
