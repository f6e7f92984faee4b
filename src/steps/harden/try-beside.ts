import { Trouble } from '../../errors/trouble.ts';
import type { Candidate } from '../../mosquitto/candidate/candidate.ts';
import type { Plugin } from '../../mosquitto/config/model/memory.ts';
import { pluginWords, Refused, startTrial, type Trial } from '../../mosquitto/trial/trial.ts';
import { barredClients } from '../access/barred.ts';
import { alsoDecides } from '../access/topic-rules.ts';
import type { Evidence } from '../contract/evidence.ts';
import type { Setup } from '../contract/setup.ts';
import { brokerFiles } from '../reach/goal.ts';
import type { Release } from '../release/release.ts';
import { lanesAt, prove, trialProofs } from '../run/proofs.ts';
import { notProved } from '../run/walk.ts';

/**
 * Starts the candidate beside the live broker and proves it there, before anything is touched; says
 * how far that went. An SSH server may forbid to forward connections: then it is started, no more.
 */
export async function tryBeside(
  setup: Setup,
  candidate: Candidate,
  release: Release | null,
): Promise<string> {
  const { current } = brokerFiles(setup);
  const trial = await startTrial(setup.broker, candidate.configuration, candidate.tree, {
    ...(release && { switched: { link: current, folder: release.folder } }),
    tryPlugins: setup.answers.tryPlugins,
  }).catch((error) => {
    throw error instanceof Refused ? refusedThere(error) : error;
  });
  const missing =
    trial.without.length > 0
      ? `. That was without ${pluginWords(trial.without)}: what it decides was not tried`
      : '';
  try {
    const proving = trialProofs(setup, trial, candidate).then((all) =>
      prove(all, lanesAt(candidate)),
    );
    proving.catch(() => {});
    if (setup.broker.host.kind === 'ssh' && !(await forwards(setup, trial)))
      return `It starts; it could not be proved there, because SSH forwards nothing${missing}`;
    const failed = (await proving).filter((item) => !item.pass);
    if (failed.length > 0) throw await notProvedThere(setup, candidate, failed, trial.without);
    return `Tried and proved beside the broker, which goes on as before${missing}`;
  } finally {
    await trial.stop();
  }
}

/** A client that holds its certificate and is refused, or not heard, is so by what else decides there. */
async function notProvedThere(
  setup: Setup,
  candidate: Candidate,
  failed: Evidence[],
  without: Plugin[],
): Promise<Trouble> {
  const trouble = notProved({ title: 'The new configuration, tried beside the broker' }, failed);
  if (without.length > 0) return untriedPlugins(trouble, trouble.likely, without);
  const others = alsoDecides(setup, candidate, await barredClients(setup, candidate));
  if (others.length === 0 || failed.every(({ expect }) => expect === 'refused')) return trouble;
  return new Trouble(trouble.message, {
    likely: [trouble.likely, ...others].join(' '),
    next: 'Let them allow these clients, then try again. The broker that serves now was not touched.',
    detail: trouble.detail,
  });
}

function refusedThere(refused: Refused): Trouble {
  const { without, likely } = refused;
  return without.length > 0 ? untriedPlugins(refused, likely, without) : refused;
}

/** It may be for want of a plugin, which only the user can let be loaded a second time. */
function untriedPlugins(trouble: Trouble, likely: string, without: Plugin[]): Trouble {
  return new Trouble(trouble.message, {
    likely: `${likely} It was tried without ${pluginWords(without)}.`,
    next: 'Put that right, or let the trial load it, too (tryPlugins: true), if it bears a second broker beside the first. The broker that serves now was not touched.',
    detail: trouble.detail,
  });
}

/** Whether the SSH server lets us through to a socket on its machine. */
async function forwards(setup: Setup, trial: Trial): Promise<boolean> {
  try {
    (await trial.connect(setup.answers.ports.tls)).destroy();
    return true;
  } catch {
    return false;
  }
}
