import { probe } from '../mqtt/probe.ts';
import { Trouble } from '../trouble.ts';
import { shellQuoted } from './by-hand.ts';
import { lessons } from './lessons.ts';
import { proofs, prove } from './proofs.ts';
import type { Setup } from './setup.ts';
import type { Check, Evidence, Step } from './step.ts';
import { clientFolder, firstClient, mutualTarget } from './targets.ts';

/** Step 7: what must work works, and what must be refused is refused. */
export const verify: Step<Evidence[]> = {
  ...lessons.verify,
  observes: true,
  questions: () => [],

  byHand(setup) {
    const { address } = setup.broker;
    const { plain, tls } = setup.answers.ports;
    const name = firstClient(setup);
    const mutual = `-h ${address} -p ${tls} --cafile root_ca.crt --cert ${name}.crt --key ${name}.key`;
    return [
      `cd ${shellQuoted(clientFolder(setup, name))}`,
      `mosquitto_sub ${mutual} -t 'test/#' -v`,
      `mosquitto_pub ${mutual} -t test/test -m Test1`,
      `mosquitto_pub -h ${address} -p ${tls} --cafile root_ca.crt -t test/test -m refused`,
      `mosquitto_pub -h ${address} -p ${plain} -t test/test -m refused`,
      `openssl s_client -connect ${address}:${tls} -tls1_2 </dev/null`,
    ];
  },

  async check(setup) {
    const target = await mutualTarget(setup).catch(() => null);
    if (!target)
      return { status: 'todo', detail: 'There is no client certificate yet.', report: null };
    const seen = await probe(target, setup.signal);
    if (seen.observed === 'unreachable')
      return {
        status: 'todo',
        detail: `Nothing listens on port ${target.port} yet.`,
        report: null,
      };
    return judge(await prove(await proofs(setup)));
  },

  judge,

  async plan() {
    return { changes: [], notes: [] };
  },

  async *apply() {
    yield { kind: 'progress', text: 'Trying every key at every door' };
  },

  async prove(setup) {
    return prove(await provable(setup));
  },
};

function judge(evidence: Evidence[]): Check<Evidence[]> {
  const failed = evidence.filter((item) => !item.pass).length;
  const all = evidence.length;
  return failed === 0
    ? { status: 'done', detail: `${all} of ${all} proofs hold.`, report: evidence }
    : { status: 'drifted', detail: `${failed} of ${all} proofs fail.`, report: evidence };
}

async function provable(setup: Setup) {
  try {
    return await proofs(setup);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Trouble(`There is no certificate of ${firstClient(setup)} to try.`, {
      likely: 'It has not been issued or delivered yet, or its folder was moved.',
      next: 'Take the steps Certificates and Distribute first.',
    });
  }
}
