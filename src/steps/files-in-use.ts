import type { Goal } from '../mosquitto/access.ts';
import type { Candidate } from '../mosquitto/candidate.ts';
import { editedSince } from '../mosquitto/edited-since.ts';
import { notInUse, portsNotInUse } from '../mosquitto/in-use.ts';
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
  candidate: Candidate,
): Promise<string[]> {
  const { broker } = setup;
  const after = { listeners: candidate.effective.listeners, tls: ports.tls };
  const [edited, atPorts] = await Promise.all([
    editedSince(broker, look.configuration),
    portsNotInUse(broker, look, after),
  ]);
  const wrong = [
    ...atPorts,
    ...(edited.length > 0 ? await heardOtherwise(setup, look, candidate) : []),
  ];
  if (wrong.length > 0) throw notInUse(broker, edited, wrong);
  return edited;
}

/** Where the broker answers whoever shows nothing in another way than its files, a sentence each. */
async function heardOtherwise(setup: Setup, look: Look, { access }: Candidate): Promise<string[]> {
  const { listeners } = look.effective;
  // What is closed now, and stays closed, is opened by nobody. Of the HTTP API the table does not tell.
  const opened = new Set([
    ...access
      .filter(({ who, after }) => who === 'anonymous' && after === 'accepted')
      .map(({ listener }) => listener.port),
    ...listeners.filter(({ api }) => api !== undefined).map(({ port }) => port),
  ]);
  const knocks = listeners.map(async (listener) => {
    const { port } = listener;
    const proofs = doorProofs(setup, [listener], [], look);
    const seen = await Promise.all(
      proofs
        .filter(({ id }) => id.endsWith(':anonymous'))
        .map(async ({ expect, try: knock }) => ({ expect, ...(await knock()) })),
    );
    return seen.flatMap(({ expect, observed }) =>
      observed === expect || observed === 'unreachable'
        ? []
        : observed === 'accepted'
          ? [`It lets in everybody at port ${port}, and its files do not.`]
          : opened.has(port)
            ? [`It lets in nobody without a name at port ${port}, and its files would.`]
            : [],
    );
  });
  return [...new Set((await Promise.all(knocks)).flat())];
}
