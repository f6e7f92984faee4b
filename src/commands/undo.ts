import type { Setup } from '../steps/setup.ts';
import { Trouble } from '../trouble.ts';
import { journalOn, type Replay } from '../undo/journal.ts';

/** What `undo` did: paths on the broker's host, and whether the service runs now. */
export interface Undone extends Omit<Replay, 'groups'> {
  result: 'restored' | 'nothing-to-undo';
}

/**
 * Puts back everything that was touched on the broker's host, in reverse, and the service into the
 * state it was in. Works when the present configuration is broken. Twice is the same as once.
 */
export async function undo(setup: Setup): Promise<Undone> {
  const { host, layout, service } = setup.broker;
  const journal = journalOn(host, layout.journal);
  const { groups, ...replay } = await journal.replay();
  if (replay.ran === null)
    return { result: groups.length > 0 ? 'restored' : 'nothing-to-undo', ...replay };
  try {
    if (replay.ran) await service.restart();
    else await service.stop();
    await journal.settled();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    throw new Trouble('The files are as they were, but the broker does not start with them.', {
      likely: error.likely,
      next: `Run it by hand and read what it says: ${service.restartCommand}`,
      detail: error.detail,
      cause: error,
    });
  }
  return { result: 'restored', ...replay };
}

export function undoText(undone: Undone): string[] {
  if (undone.result === 'nothing-to-undo')
    return ['There is nothing to put back: Lockstep has not changed anything there.'];
  return [
    ...undone.restored.map((path) => `put back  ${path}`),
    ...undone.removed.map((path) => `removed   ${path}`),
    ...undone.left.map((path) => `left      ${path} (somebody else's files are in it)`),
    undone.ran === false
      ? 'The files are as they were, and the broker is stopped, as it was.'
      : 'The broker serves as it did before.',
  ];
}
