import { editedSince } from '../../mosquitto/audit/edited-since.ts';
import { notInUse, portsNotInUse } from '../../mosquitto/before-change/in-use.ts';
import type { Goal } from '../../mosquitto/candidate/access.ts';
import type { Candidate } from '../../mosquitto/candidate/candidate.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import type { Look } from '../../mosquitto/inspection/look.ts';
import { unknownPlugins } from '../../mosquitto/trial/trial-tree.ts';
import type { Setup } from '../contract/setup.ts';
import { listenerProofs } from './listener-proofs.ts';

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
  const plugins = unknownPlugins(look.configuration).length > 0;
  // What is closed now, and stays closed, is opened by nobody. Of the HTTP API the table does not tell.
  const opened = new Set([
    ...candidate.access
      .filter(({ who, after }) => who === 'anonymous' && after === 'accepted')
      .map(({ listener }) => listener.port),
    ...listeners.filter(({ api }) => api !== undefined).map(({ port }) => port),
  ]);
  const counts = ({ accepted, port, cause }: Heard): boolean =>
    // What a plugin answers whoever shows nothing is not in the files.
    (!plugins && (accepted || aboutNames.has(cause ?? ''))) ||
    (edited.length > 0 && (accepted || opened.has(port)));
  const wrong = [...atPorts, ...[...heard, ...there].filter(counts).map(heardWords)];
  if (wrong.length > 0) throw notInUse(broker, edited, [...new Set(wrong)]);
  return edited;
}

/** What says that a client without a name is not let in, and nothing else of it. */
const aboutNames = new Set(['not-authorised', 'bad-user-name']);

/** A listener that answers whoever shows nothing in another way than the files. */
interface Heard {
  port: number;
  accepted: boolean;
  cause: string | null;
}

const heardWords = ({ port, accepted }: Heard): string =>
  accepted
    ? `It lets in everybody at port ${port}, and its files do not.`
    : `It lets in nobody without a name at port ${port}, and its files would.`;

async function heardOtherwise(
  setup: Setup,
  look: Look,
  listeners: readonly Listener[],
): Promise<Heard[]> {
  const knocks = listeners.map(async (listener) => {
    const { port } = listener;
    const proofs = listenerProofs(setup, [listener], [], look);
    const seen = await Promise.all(
      proofs
        .filter(({ id }) => id.endsWith(':anonymous'))
        .map(async ({ expect, try: knock }) => ({ expect, ...(await knock()) })),
    );
    return seen.flatMap(({ expect, observed, cause }) =>
      observed === expect || observed === 'unreachable'
        ? []
        : [{ port, accepted: observed === 'accepted', cause }],
    );
  });
  return (await Promise.all(knocks)).flat();
}
