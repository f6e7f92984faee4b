import { asTrouble } from '../../errors/system-trouble.ts';
import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import type { Replay } from '../../undo/put-back/replay.ts';
import type { Setup } from '../contract/setup.ts';

/** A change does not wait any more, and it was not this session that settled it: somebody else did, or nobody knows. */
export function gone(
  { broker }: Setup,
  fate: Exclude<Replay['fate'], 'back' | null>,
  cause: unknown,
): Trouble {
  const { host, layout } = broker;
  const here = cause instanceof Error ? ` This session's proof did not pass: ${cause.message}` : '';
  if (fate === 'stays')
    return new Trouble('The change stays: another session has proved and kept it.', {
      likely: `This session was silent for so long that its place was taken.${here}`,
      next: 'See how the broker serves ("lockstep verify") and who works on it ("lockstep status").',
      cause,
    });
  return new Trouble(`What has come of the change on ${clean(host.name, 80)} cannot be told.`, {
    likely:
      fate === 'another'
        ? `Another session has gone on there, and its change waits for its proof now.${here}`
        : `Nothing is kept of it in ${clean(layout.state)} there.${here}`,
    next: 'See what is there now ("lockstep status"), then try again.',
    cause,
  });
}

/** Putting back a change, because it failed or somebody wants it so, did not come to its end; what is in force is not known. */
export function notBack({ broker }: Setup, error: unknown, cause: unknown): Trouble {
  const trouble = troubleOf(error);
  const before = cause instanceof Error ? ` Before that: ${cause.message}` : '';
  const itself =
    broker.service.kind === 'practice'
      ? ''
      : ' Its machine tries that again by itself, also when it starts.';
  return new Trouble('Putting the change back did not come to its end.', {
    likely: `${[trouble.message, trouble.likely].filter(Boolean).join(' ')}${before}`,
    next: `Put the cause right, then run "lockstep undo".${itself}`,
    detail: trouble.detail,
    cause: error,
  });
}

/** Of a change that stays: what its machine could not do after that. */
export const notTidied = ({ broker }: Setup, words: string): string =>
  `It stays; not all was tidied up on ${clean(broker.host.name, 80)}: ${words.split('\n').at(-1)}`;

/** Of an error what there is to say. */
export const troubleOf = (error: unknown): Trouble =>
  asTrouble(error) ??
  new Trouble(error instanceof Error ? error.message : String(error), { cause: error });
