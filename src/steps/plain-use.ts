import type { Candidate } from '../mosquitto/candidate.ts';
import type { Look } from '../mosquitto/look.ts';
import { isClosing } from './closing.ts';
import { plainPort } from './plain-door.ts';
import { everybodyIn, recorded } from './plain-ledger.ts';
import { fateOf, lookAtPlainPort, type PlainUse } from './plain-port.ts';
import type { Setup } from './setup.ts';

/**
 * Who uses the plain port; null where nobody can. At a door that is left open while devices move,
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
    // The door is closed: who came by it then says nothing about a later one.
    if (hardened) delete setup.seen.plainPort;
    return look;
  }
  const ledger = recorded(setup.seen.plainPort, look);
  setup.seen.plainPort = ledger;
  return everybodyIn(ledger, look, (one) => fateOf(one, plainPort(setup), access));
}
