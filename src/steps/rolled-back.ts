import { lastWords } from '../mosquitto/last-words.ts';
import { Trouble } from '../trouble.ts';
import type { Journal } from '../undo/journal.ts';
import { shellQuoted } from './by-hand.ts';
import type { Setup } from './setup.ts';

/** A change that did not prove itself, and is undone: the broker serves as it did before. */
export class RolledBack extends Trouble {
  override readonly name = 'RolledBack';
}

/**
 * Puts back one group of the journal and the service, after `cause`. Returns what to throw: that it
 * was put back, with the broker's own words, or (when even that failed) what is left to do by hand.
 */
export async function rolledBack(
  setup: Setup,
  journal: Journal,
  group: string,
  running: boolean,
  cause: unknown,
): Promise<Trouble> {
  const { service, layout } = setup.broker;
  const words = lastWords(await service.log(20).catch(() => []));
  try {
    await journal.replay(group);
    if (running) await service.restart();
    else await service.stop();
    await journal.settled();
  } catch (second) {
    return notPutBack(setup, layout.journal, second, cause);
  }
  const trouble = cause instanceof Trouble ? cause : null;
  return new RolledBack('The change was put back: the broker serves as it did before.', {
    likely: [trouble?.message ?? String(cause), trouble?.likely ?? ''].filter(Boolean).join(' '),
    next: trouble?.next || 'Put the cause right, then try again.',
    // What did not start has told why itself; otherwise the broker may have said something.
    detail: trouble?.detail || words.join('\n'),
    cause,
  });
}

function notPutBack(setup: Setup, folder: string, second: unknown, cause: unknown): Trouble {
  const { service, host } = setup.broker;
  return new Trouble('The change failed, and putting it back did not finish either.', {
    likely: [second, cause]
      .map((error) => (error instanceof Error ? error.message : String(error)))
      .join(' Before that: '),
    next: `Run "lockstep undo" as soon as ${host.name} can be reached; or there, by hand, these lines.`,
    detail: [
      `sudo ls ${shellQuoted(folder)}   # each folder holds copies ("copy") of the file named in "path"`,
      service.restartCommand,
    ].join('\n'),
    cause,
  });
}
