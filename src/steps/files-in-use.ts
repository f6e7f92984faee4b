import type { Goal } from '../mosquitto/access.ts';
import type { Candidate } from '../mosquitto/candidate.ts';
import { notInUse, requireInUse } from '../mosquitto/in-use.ts';
import type { Look } from '../mosquitto/look.ts';
import { doorProofs } from './door-proofs.ts';
import type { Setup } from './setup.ts';

/**
 * The files of the configuration that were changed after the broker was started. Throws a Trouble where it can be
 * seen that the broker does not do yet what they say, and a restart would let in, or shut out, somebody of whom no
 * plan could tell: at its ports, and by knocking without a name where a file was changed.
 */
export async function requireFilesInUse(
  setup: Setup,
  look: Look,
  { ports }: Goal,
  { effective, access }: Candidate,
): Promise<string[]> {
  const { broker } = setup;
  const after = { listeners: effective.listeners, tls: ports.tls };
  const { edited } = await requireInUse(broker, look, after);
  if (edited.length === 0) return [];
  const letsIn = new Set(
    access.flatMap(({ listener, who, after: then }) =>
      who === 'anonymous' && then === 'accepted' ? [listener.port] : [],
    ),
  );
  const proofs = doorProofs(setup, look.effective.listeners, [], look).filter(({ id }) =>
    id.endsWith(':anonymous'),
  );
  const wrong = await Promise.all(
    proofs.map(async ({ id, expect, try: knock }) => {
      const port = Number(/^listener:(\d+)/.exec(id)?.[1]);
      const { observed } = await knock();
      if (observed === expect || observed === 'unreachable') return [];
      if (observed === 'accepted')
        return [`It lets in everybody at port ${port}, and its files do not.`];
      // What is closed now, and stays closed, is opened by nobody.
      return letsIn.has(port)
        ? [`It lets in nobody without a name at port ${port}, and its files would.`]
        : [];
    }),
  );
  if (wrong.flat().length > 0) throw notInUse(broker.service.restartCommand, edited, wrong.flat());
  return edited;
}
