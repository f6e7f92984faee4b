import { X509Certificate } from 'node:crypto';
import { isLost } from '../../errors/host-error.ts';
import type { Goal } from '../../mosquitto/candidate/access.ts';
import { seenFrom } from '../../mosquitto/config/files/working-folder.ts';
import { textOf } from '../../mosquitto/config/model/memory.ts';
import { portOf } from '../../mosquitto/effective/port-of.ts';
import type { Look } from '../../mosquitto/inspection/look.ts';
import { namesOf } from '../../mqtt/peer.ts';
import { normalIfAny } from '../../pki/x509/san.ts';
import type { Setup } from '../contract/setup.ts';

/**
 * Names of the certificate that the port for certificates has now and ours has not, where its clients are kept: who
 * calls the broker by one of them takes ours for another machine's. None where the file cannot be read.
 */
export async function namesLost(setup: Setup, { configuration }: Look, goal: Goal) {
  if (goal.keptAuthority === undefined || goal.keptAuthority === goal.cafile) return [];
  const { host, layout } = setup.broker;
  const listener = configuration.memory.listeners.find((one) => portOf(one) === goal.ports.tls);
  const file = listener && textOf(listener.settings, 'certfile');
  if (file === undefined) return [];
  const pem = await host.read(seenFrom(layout.cwd, file), { root: true }).catch((error) => {
    if (isLost(error)) throw error;
    return null;
  });
  const ours = setup.answers.names ?? [];
  const theirs = namesIn(pem).map(normalIfAny);
  return [...new Set(theirs)].filter((name) => !ours.includes(name));
}

function namesIn(pem: Buffer | null): string[] {
  try {
    return pem ? namesOf(new X509Certificate(pem)) : [];
  } catch {
    return [];
  }
}
