import { listeningSockets } from '../../mosquitto/effective/listening-sockets.ts';
import { type Look, lookAt } from '../../mosquitto/inspection/look.ts';
import { probe } from '../../mqtt/probe.ts';
import { clean } from '../../text/clean.ts';
import type { Evidence } from '../contract/evidence.ts';
import type { Setup } from '../contract/setup.ts';
import type { Check, Step } from '../contract/step.ts';
import { lessons } from '../lessons.ts';
import { findPlainPort } from '../plain-port/find.ts';
import { clientIdFor } from '../reach/client-id.ts';
import { brokerFiles } from '../reach/goal.ts';
import { openApis, openSockets } from '../reach/open.ts';
import { mutualTarget, NoFiles } from '../reach/targets.ts';
import { byFirst, listenerAddress, waysTo } from '../reach/ways.ts';
import { listenerProofs } from '../run/listener-proofs.ts';
import type { Proof } from '../run/proof.ts';
import { lanesAt, proofs, prove } from '../run/proofs.ts';
import { verifyByHand } from './by-hand.ts';

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
    const ways = await waysTo(setup, listenerAddress(look.effective.listeners, target.port));
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
    return { shown: { changes: [], notes: [] }, work: null };
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

/** Our own listeners, then each other one of the configuration as it is now. */
async function everything(setup: Setup, look: Look): Promise<Proof[]> {
  const { effective } = look;
  await findPlainPort(setup, look);
  const own = await proofs(setup, look);
  if (!effective.loads) return [...own, unknownListeners(effective.firstError ?? '')];
  const { current, names } = brokerFiles(setup);
  const sockets = listeningSockets(look.configuration, setup.broker.version);
  const open = [
    ...openSockets(sockets, `${current}/${names.authority}`),
    ...openApis(effective.listeners),
  ];
  return [...own, ...listenerProofs(setup, effective.listeners, open, look)];
}

/** Nothing is said of listeners that are not known. */
const unknownListeners = (error: string): Proof => ({
  id: 'listeners',
  title: 'Every listener of the configuration',
  expect: 'refused',
  try: async () => ({
    observed: 'unreachable',
    cause: null,
    words: `The configuration as it is now does not load (${clean(error, 200)}), so it is not known what else listens.`,
  }),
});
