import { isIP } from 'node:net';

/** What the host of a listener stands for. */
export type Binding =
  | { kind: 'address'; address: string; family: 4 | 6 }
  /** A name that only the broker's machine can resolve, as written. */
  | { kind: 'name'; address: string }
  /** All addresses, or those of this machine alone, of each family. */
  | { kind: 'everywhere' | 'loopback' }
  /** No resolver can resolve it. */
  | { kind: 'nothing' }
  /** An address, but none that the broker's sockets can be bound to. */
  | { kind: 'unfit' };

/**
 * Takes the host of a `listener` or `bind_address` line as getaddrinfo(3) does, which the broker asks:
 * addresses in any spelling come out as the kernel shows them, and what no resolver can resolve is told
 * from a name. Measured on 2.0.11, 2.0.21 and 2.1.2 with the glibc of their distributions.
 */
export function bindingOf(host: string): Binding {
  // As a host of its own glibc takes it for none; as a part of one it is nothing.
  if (host === '*') return { kind: 'everywhere' };
  if (host.toLowerCase() === 'localhost') return { kind: 'loopback' };
  const address = numeric4(host);
  if (address !== null) return { kind: 'address', address, family: 4 };
  if (isIP(host) === 6) return bindingOf6(host);
  return canResolve(host) ? { kind: 'name', address: host } : { kind: 'nothing' };
}

/** The words of getaddrinfo(3) for a name that is none (EAI_NONAME). */
export const noSuchName = 'Name or service not known';

function bindingOf6(host: string): Binding {
  const [written = '', zone] = host.split('%');
  // The shortest way to write it (RFC 5952), as the kernel does.
  const address = new URL(`http://[${written}]`).hostname.slice(1, -1);
  // The sockets are made for IPv6 alone, and a link-local address needs the interface it is on.
  if (/^::ffff:[\da-f]+:[\da-f]+$/.test(address)) return { kind: 'unfit' };
  const isLinkLocal = /^fe[89ab]/.test(address);
  if (zone === undefined && isLinkLocal) return { kind: 'unfit' };
  if (zone === undefined || (!isLinkLocal && /^\d+$/.test(zone)))
    return { kind: 'address', address, family: 6 };
  return isLinkLocal
    ? { kind: 'address', address: `${address}%${zone}`, family: 6 }
    : { kind: 'nothing' };
}

/** One to four numbers, decimal, octal or hexadecimal, the last for all bytes that are left: inet_aton(3). */
function numeric4(host: string): string | null {
  const parts = host.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.test(part)))
    return null;
  const numbers = parts.map((part) => Number(/^0\d/.test(part) ? `0o${part}` : part));
  const last = numbers.pop() ?? 0;
  const room = 256 ** (4 - numbers.length);
  if (last >= room || numbers.some((one) => one > 255)) return null;
  const whole = numbers.reduce((sum, one, index) => sum + one * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((bits) => Math.floor(whole / 2 ** bits) % 256).join('.');
}

/**
 * Whether there can be such a name. With blanks, control characters, or signs that host names have not,
 * glibc and musl do not even ask for it; no domain name has an empty or long label (RFC 1035, 2.3.4) or
 * ends in a number (RFC 3696, 2). Letters beyond ASCII can be in /etc/hosts.
 */
function canResolve(host: string): boolean {
  const name = host.replace(/\.$/, '');
  const labels = name.split('.');
  return (
    Buffer.byteLength(name) <= 253 &&
    !name.startsWith('-') &&
    labels.every((label) => /^[\w\\\u0080-\u{10ffff}-]+$/u.test(label)) &&
    labels.every((label) => Buffer.byteLength(label) <= 63) &&
    !/^(\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? '')
  );
}

/** Whether Linux can have a network interface of that name (dev_valid_name; `eth0:1` is an address' label). */
export function canBeInterface(name: string): boolean {
  return Buffer.byteLength(name) < 16 && !/[\s/]/.test(name) && name !== '.' && name !== '..';
}

/** Whether it is what Linux and its services call interfaces (systemd.net-naming-scheme(7), and kernel names). */
export function isUsualInterface(name: string): boolean {
  const numbered =
    /^(eth|wlan|wwan|usb|ppp|br|bond|team|vlan|tun|tap|wg|can|veth|docker|virbr|lxcbr|zt|tailscale)[\w-]*\d/;
  const predictable = /^(en|wl|ww)[opsxbc]\w+/;
  const isNumbered = numbered.test(name) || predictable.test(name) || /^br-\w+/.test(name);
  return name === 'lo' || (canBeInterface(name) && isNumbered);
}
