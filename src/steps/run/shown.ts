import type { Shown } from '../../mosquitto/audit/running.ts';
import { probe } from '../../mqtt/probe.ts';
import type { TlsFacts } from '../../mqtt/target.ts';
import { usableNames } from '../../pki/x509/san.ts';
import type { Setup } from '../contract/setup.ts';
import { byFirst, here, listenerAddress, type Way, waysTo } from '../reach/ways.ts';

/** More than a certificate for people to read has. */
const most = 50;

/**
 * The names in the certificates that a broker shows at a port now: its clients call it by them, so they are
 * offered for the new one. None where nothing there speaks TLS within two seconds.
 */
export async function namesShown(setup: Setup, port: number): Promise<string[]> {
  const { sockets } = setup.broker;
  // Of its configuration nothing was read yet: what listens is asked, wherever it is bound.
  const addresses =
    sockets.length === 0
      ? [null]
      : sockets.flatMap((socket) => (socket.port === port ? [socket.address] : []));
  const facts = await Promise.all(
    [...new Set(addresses)].slice(0, mostSockets).map(async (address) => {
      const ways = await waysTo(setup, { port, address, protocol: 'mqtt' });
      // Nobody logs in on a client's machine before it is needed.
      const near = ways.filter(({ from, own }) => own || from === here);
      return factsBy(setup, near, port);
    }),
  );
  return usableNames(facts.flatMap((one) => one?.peerNames ?? [])).slice(0, most);
}

const mostSockets = 4;

/** Which certificate the running broker shows at each of its ports, wherever that has to be asked from. */
export const shownBy =
  (setup: Setup): Shown =>
  async (port, { effective }) => {
    const ways = await waysTo(setup, listenerAddress(effective.listeners, port));
    return (await factsBy(setup, ways, port))?.peerFingerprint ?? null;
  };

async function factsBy(
  setup: Setup,
  ways: readonly Way[],
  port: number,
): Promise<TlsFacts | undefined> {
  const target = {
    host: setup.broker.address,
    port,
    protocolVersion: 4,
    timeoutSeconds: 2,
  } as const;
  const tls = { strict: false };
  const seen = await byFirst(ways, { ...target, tls }, (one) => probe(one, setup.signal));
  return seen.tls;
}
