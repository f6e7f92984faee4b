import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import { changesOn } from '../../undo/change/change.ts';
import type { Setup } from '../contract/setup.ts';

/**
 * Throws a Trouble where a change waits for its proof: for a run that ends before the step which proves it, or only looks
 * (`dryRun`). What such a run sees may be gone the next moment, and when it ends nothing is settled.
 */
export async function refuseWaiting({ broker, operator }: Setup, dryRun = false): Promise<void> {
  // Whoever has the lock knows that nothing has begun to wait since.
  if (operator?.waiting === null) return;
  const waiting = await changesOn(broker, operator?.token ?? null).waiting();
  if (waiting === null) return;
  const name = clean(broker.host.name, 80);
  const how = dryRun ? 'Run it without --dry-run' : 'Run it without --through, or through harden';
  const next = `${how}: there it is proved and kept, or put back. Or try this again when it is back. This run has changed nothing.`;
  if (waiting === 'reverting')
    throw new Trouble(`A change on ${name} is being put back, and that has not come to its end.`, {
      likely: 'It did not prove itself. Putting it back is under way, or was cut off.',
      next,
      exitCode: 3,
    });
  throw new Trouble(`A change on ${name}, made by ${waiting.who}, waits for its proof.`, {
    likely: `The session that made it was cut off, or goes on somewhere else. ${
      waiting.overdue
        ? 'Nothing there puts it back by itself any more.'
        : `Without a proof it goes back by itself in ${waiting.secondsLeft} s.`
    }`,
    next,
    exitCode: 3,
  });
}
