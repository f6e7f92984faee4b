import type { Goal } from '../mosquitto/access.ts';
import type { Candidate } from '../mosquitto/candidate.ts';
import { editedSince } from '../mosquitto/edited-since.ts';
import type { Listener } from '../mosquitto/effective.ts';
import { notInUse, portsNotInUse } from '../mosquitto/in-use.ts';
import type { Look } from '../mosquitto/look.ts';
import { unknownPlugins } from '../mosquitto/shadow-tree.ts';
import { doorProofs } from './door-proofs.ts';
import type { Setup } from './setup.ts';

/**
 * The files of the configuration that were changed after the broker was started. Throws a Trouble where it can be
 * seen that the broker does not do what they say, as they are read here: a restart, or an undo, would let in, or shut
 * out, somebody of whom no plan could tell. It is seen at its ports, and by knocking without a name.
 */
export async function requireFilesInUse(
  setup: Setup,
  look: Look,
  { ports }: Goal,
  candidate: Candidate,
): Promise<string[]> {
  const { broker } = setup;
  const after = { listeners: candidate.effective.listeners, tls: ports.tls };
  const isSocket = ({ protocol }: Listener) => protocol === 'unix';
  const { listeners } = look.effective;
  const [edited, atPorts, heard] = await Promise.all([
    editedSince(broker, look.configuration),
    portsNotInUse(broker, look, after),
    heardOtherwise(
      setup,
      look,
      listeners.filter((one) => !isSocket(one)),
    ),
  ]);
  // A socket is a file of the broker's: whoever only looks keeps away from it without need.
  const there =
    edited.length > 0 ? await heardOtherwise(setup, look, listeners.filter(isSocket)) : [];
  const wrong = [...atPorts, ...heard, ...there];
  if (wrong.length > 0) throw notInUse(broker, edited, wrong);
  return edited;
}

/** What says that a client without a name is not let in, and nothing else of it. */
const aboutNames = new Set(['not-authorised', 'bad-user-name']);

/** Where the broker answers whoever shows nothing in another way than its files, a sentence each. */
async function heardOtherwise(
  setup: Setup,
  look: Look,
  listeners: readonly Listener[],
): Promise<string[]> {
  // What a plugin answers whoever shows nothing is not in the files.
  if (unknownPlugins(look.configuration).length > 0) return [];
  const knocks = listeners.map(async (listener) => {
    const { port } = listener;
    const proofs = doorProofs(setup, [listener], [], look);
    const seen = await Promise.all(
      proofs
        .filter(({ id }) => id.endsWith(':anonymous'))
        .map(async ({ expect, try: knock }) => ({ expect, ...(await knock()) })),
    );
    return seen.flatMap(({ expect, observed, cause }) =>
      observed === expect || observed === 'unreachable'
        ? []
        : observed === 'accepted'
          ? [`It lets in everybody at port ${port}, and its files do not.`]
          : aboutNames.has(cause ?? '')
            ? [`It lets in nobody without a name at port ${port}, and its files would.`]
            : [],
    );
  });
  return [...new Set((await Promise.all(knocks)).flat())];
}
