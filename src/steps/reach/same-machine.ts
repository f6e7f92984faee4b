import { once } from 'node:events';
import { connect, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { addressesOf } from '../../host/local/addresses.ts';
import type { Setup } from '../contract/setup.ts';

/**
 * Whether an address leads from here to the broker's machine, and not to another one that has the same address
 * in the network here: where SSH goes through a jump host, a forwarded port or a router, it may.
 * `port` is one that may listen there.
 */
export async function sameMachine(setup: Setup, address: string, port: number): Promise<boolean> {
  return (await isPlain(setup, address)) || seenThere(setup, address, port);
}

/** SSH came by this address, without anybody in between who could have changed it. */
async function isPlain({ broker }: Setup, address: string): Promise<boolean> {
  const { reached } = broker;
  if (reached === undefined) return false;
  const found = isIP(address) ? [address] : await addressesOf(address);
  if (!found.includes(reached.server) || loopback.test(reached.server)) return false;
  const ours = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return ours.some((one) => one.address === reached.client) || !privately.test(reached.server);
}

/** Addresses that other machines have, too (RFC 6890). */
const loopback = /^(127\.|::1$)/;
const privately =
  /^(10\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|f[cd]|fe[89ab])/i;

/** A connection from here is seen by the broker's machine as one of its own (proc_net_tcp, proc(5)). */
async function seenThere({ broker }: Setup, address: string, port: number): Promise<boolean> {
  const socket = connect({ host: address, port, timeout: 3000 });
  socket.once('timeout', () => socket.destroy(new Error('no answer')));
  socket.on('error', () => {});
  try {
    await once(socket, 'connect');
    const { stdout } = await broker.host.run(['cat', '/proc/net/tcp', '/proc/net/tcp6'], {
      doing: 'Asking whether a connection from here has come there',
      limit: 4 * 1024 * 1024,
    });
    const hex = (number: number) => number.toString(16).toUpperCase().padStart(4, '0');
    const ends = `[0-9A-F]+:${hex(port)} [0-9A-F]+:${hex(socket.localPort ?? 0)} 01 `;
    return new RegExp(`^ *\\d+: ${ends}`, 'm').test(stdout);
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
