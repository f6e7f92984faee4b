import type { Shown } from '../mosquitto/running.ts';
import { probe } from '../mqtt/probe.ts';
import type { TlsFacts } from '../mqtt/target.ts';
import { subjectAltNameProblem } from '../pki/san.ts';
import type { Setup } from './setup.ts';
import { byFirst, doorOf, type Way, waysTo } from './ways.ts';

/** More than a certificate for people to read has. */
const most = 50;

/**
 * The names in the certificate that a broker shows at a port now: its clients call it by them, so they are
 * offered for the new one. None where nothing there speaks TLS within two seconds.
 */
export async function namesShown(setup: Setup, port: number): Promise<string[]> {
  // Before anything of the broker was read: what may be a port of another machine is not asked.
  const ways = await waysTo(setup, { port, address: null, protocol: 'mqtt' });
  const facts = await factsBy(setup, ways.slice(0, 1), port);
  const names = facts?.peerNames ?? [];
  return names.filter((name) => subjectAltNameProblem(name) === null).slice(0, most);
}

/** Which certificate the running broker shows at each of its ports, wherever that has to be asked from. */
export const shownBy =
  (setup: Setup): Shown =>
  async (port, { effective }) => {
    const ways = await waysTo(setup, doorOf(effective.listeners, port));
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
