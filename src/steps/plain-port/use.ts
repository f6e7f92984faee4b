import type { Candidate } from '../../mosquitto/candidate/candidate.ts';
import type { Look } from '../../mosquitto/inspection/look.ts';
import type { PlainUse } from '../contract/plain-clients.ts';
import type { Setup } from '../contract/setup.ts';
import { isClosing } from './closing.ts';
import { plainPort } from './find.ts';
import { everybodyIn, recorded } from './ledger.ts';
import { fateOf, lookAtPlainPort } from './plain-port.ts';

/**
 * Who uses the plain port; null where nobody can. At a port that is left open while devices move,
 * what was seen is kept in `setup.seen`, and who was seen there earlier comes out, too.
 */
export async function plainUseOf(
  setup: Setup,
  { configuration, effective }: Look,
  candidate: Candidate,
): Promise<PlainUse | null> {
  const { access } = candidate;
  const look = await lookAtPlainPort(setup, configuration, access);
  const hardened = candidate.files.length === 0;
  const leftOpen = hardened
    ? setup.answers.plainListener === 'open'
    : isClosing(setup, candidate, effective.listeners);
  if (look === null || !leftOpen) {
    // The port is closed: who came by it then says nothing about a later one.
    if (hardened) delete setup.seen.plainPort;
    return look;
  }
  const ledger = recorded(setup.seen.plainPort, look);
  setup.seen.plainPort = ledger;
  return everybodyIn(ledger, look, (one) => fateOf(one, plainPort(setup), access));
}
