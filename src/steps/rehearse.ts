import type { Candidate } from '../mosquitto/candidate.ts';
import { type Shadow, startShadow } from '../mosquitto/shadow.ts';
import { brokerFiles } from './goal.ts';
import { prove, shadowProofs } from './proofs.ts';
import type { Release } from './release.ts';
import type { Setup } from './setup.ts';
import { notProved } from './walk.ts';

/**
 * Starts the candidate beside the live broker and proves it there, before anything is touched; says
 * how far that went. An SSH server may forbid to forward connections: then it is started, no more.
 */
export async function rehearse(
  setup: Setup,
  candidate: Candidate,
  release: Release | null,
): Promise<string> {
  const { current } = brokerFiles(setup);
  const switched = release ? { switched: { link: current, folder: release.folder } } : {};
  const shadow = await startShadow(setup.broker, candidate.configuration, candidate.tree, switched);
  try {
    const proving = shadowProofs(setup, shadow).then(prove);
    proving.catch(() => {});
    if (setup.broker.host.kind === 'ssh' && !(await forwards(setup, shadow)))
      return 'It starts; it could not be proved there, because SSH forwards nothing';
    const failed = (await proving).filter((item) => !item.pass);
    if (failed.length > 0)
      throw notProved({ title: 'The new configuration, tried beside the broker' }, failed);
    return 'Tried and proved beside the broker, which goes on as before';
  } finally {
    await shadow.stop();
  }
}

/** Whether the SSH server lets us through to a socket on its machine. */
async function forwards(setup: Setup, shadow: Shadow): Promise<boolean> {
  try {
    (await shadow.connect(setup.answers.ports.tls)).destroy();
    return true;
  } catch {
    return false;
  }
}
