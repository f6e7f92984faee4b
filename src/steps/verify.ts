import { clean } from '../clean.ts';
import { type Look, lookAt } from '../mosquitto/look.ts';
import { doorsIn } from '../mosquitto/who.ts';
import { probe } from '../mqtt/probe.ts';
import { verifyByHand } from './by-hand/verify.ts';
import { clientIdFor } from './client-id.ts';
import { doorProofs } from './door-proofs.ts';
import { brokerFiles } from './goal.ts';
import { lessons } from './lessons.ts';
import { openApis, openDoors } from './open.ts';
import { findPlainPort } from './plain-door.ts';
import { lanesAt, type Proof, proofs, prove } from './proofs.ts';
import type { Setup } from './setup.ts';
import type { Check, Evidence, Step } from './step.ts';
import { mutualTarget, NoFiles } from './targets.ts';
import { byFirst, doorOf, waysTo } from './ways.ts';

/** Step 7: what must work works, and what must be refused is refused. */
export const verify: Step<Evidence[]> = {
  ...lessons.verify,
  observes: true,
  questions: () => [],

  byHand: verifyByHand,

  async check(setup) {
    const target = await mutualTarget(setup).catch((error) => {
      if (error instanceof NoFiles) return null;
      throw error;
    });
    if (!target)
      return { status: 'todo', detail: 'There is no client certificate yet.', report: null };
    const look = await lookAt(setup.broker);
    const ways = await waysTo(setup, doorOf(look.effective.listeners, target.port));
    const seen = await byFirst(ways, target, (one) =>
      probe({ ...one, clientId: clientIdFor(look) }, setup.signal),
    );
    if (seen.observed === 'unreachable')
      return {
        status: 'todo',
        detail:
          seen.cause === 'connection-refused'
            ? `Nothing listens on port ${target.port} yet.`
            : `Port ${target.port} could not be tried. ${seen.words}`,
        report: null,
      };
    return judge(await prove(await everything(setup, look), lanesAt(look)));
  },

  judge,

  async plan() {
    return { changes: [], notes: [] };
  },

  async *apply() {
    yield { kind: 'progress', text: 'Trying every key at every door' };
  },

  async prove(setup) {
    const look = await lookAt(setup.broker);
    return prove(await everything(setup, look), lanesAt(look));
  },
};

function judge(evidence: Evidence[]): Check<Evidence[]> {
  const failed = evidence.filter((item) => !item.pass).length;
  const all = evidence.length;
  return failed === 0
    ? { status: 'done', detail: `${all} of ${all} proofs hold.`, report: evidence }
    : { status: 'drifted', detail: `${failed} of ${all} proofs fail.`, report: evidence };
}

/** Our own doors, then each other one of the configuration as it is now. */
async function everything(setup: Setup, look: Look): Promise<Proof[]> {
  const { effective } = look;
  await findPlainPort(setup, look);
  const own = await proofs(setup, look);
  if (!effective.loads) return [...own, unknownDoors(effective.firstError ?? '')];
  const { current, names } = brokerFiles(setup);
  const doors = doorsIn(look.configuration, setup.broker.version);
  const open = [
    ...openDoors(doors, `${current}/${names.authority}`),
    ...openApis(effective.listeners),
  ];
  return [...own, ...doorProofs(setup, effective.listeners, open, look)];
}

/** Nothing is said of listeners that are not known. */
const unknownDoors = (error: string): Proof => ({
  id: 'listeners',
  title: 'Every listener of the configuration',
  expect: 'refused',
  try: async () => ({
    observed: 'unreachable',
    cause: null,
    words: `The configuration as it is now does not load (${clean(error, 200)}), so it is not known what else listens.`,
  }),
});
