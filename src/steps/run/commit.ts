import { isLost } from '../../errors/host-error.ts';
import { asTrouble } from '../../errors/system-trouble.ts';
import { Trouble } from '../../errors/trouble.ts';
import { notStarted } from '../../mosquitto/service/not-started.ts';
import { writtenAnew } from '../../mosquitto/service/written-anew.ts';
import type { Changes } from '../../undo/change/change.ts';
import { PutBack } from '../../undo/change/not-made.ts';
import type { Rewrite } from '../../undo/change/rewrite.ts';
import type { Waiting } from '../../undo/change/waiting.ts';
import { leftToDo } from '../../undo/put-back/left-to-do.ts';
import type { Replay } from '../../undo/put-back/replay.ts';
import { notAsItWas } from '../../undo/put-back/troubles.ts';
import { armedFor } from '../contract/armed.ts';
import type { StepEvent } from '../contract/events.ts';
import type { Evidence } from '../contract/evidence.ts';
import type { Change } from '../contract/plan.ts';
import type { Setup } from '../contract/setup.ts';
import type { Step } from '../contract/step.ts';
import { brokerThen } from './broker-then.ts';
import { gone, notBack, notTidied, troubleOf } from './change-troubles.ts';
import { notProved } from './walk.ts';

/** A change that did not prove itself, and is undone. */
export class RolledBack extends Trouble {
  override readonly name = 'RolledBack';
}

/** The cause of a change that is put back because somebody wants it so. */
export const asWished = Symbol('as wished');

/** What is needed to make a change to the broker that stays only when it is proved. */
export interface Commitment {
  setup: Setup;
  changes: Changes;
  step: Pick<Step, 'title'>;
  prove(): Promise<Evidence[]>;
}

/**
 * Makes a change on the broker and restarts it. From before the first byte to the proof the broker's host
 * itself stands ready to put it back, so whatever dies here, it serves as before or serves proved. `shown`
 * are the changes as they were shown, the restart last; `running` tells whether the
 * broker runs now. Throws `RolledBack` when it was put back.
 */
export async function* commit(
  one: Commitment,
  rewrite: Rewrite,
  { running, shown }: { running: boolean; shown: readonly Change[] },
): AsyncGenerator<StepEvent> {
  const { setup, changes } = one;
  const { service } = setup.broker;
  const seconds = setup.answers.undoAfterSeconds;
  let waiting: Waiting;
  try {
    waiting = await changes.make(rewrite, { seconds, who: setup.self, running, word: 'harden' });
  } catch (error) {
    if (!(error instanceof PutBack)) throw lostWithIt(error, setup);
    const cause = causeOf(setup, error);
    throw error.replay
      ? await afterwards(one, error.replay, cause)
      : await putBack(one, cause, error.id);
  }
  yield { kind: 'armed', armed: armedFor(seconds) };
  try {
    if (service.kind === 'practice') await service.restart();
  } catch (error) {
    throw await putBack(one, error, waiting.id);
  }
  for (const change of shown) yield { kind: 'change', change };
  yield* settle(one, waiting, rewrite.files);
}

/**
 * Proves a change that waits: then it stays, else it is put back, and `RolledBack` is thrown. `written`: its files,
 * where they are known.
 */
export async function* settle(
  one: Commitment,
  waiting: Waiting,
  written: Rewrite['files'] = [],
): AsyncGenerator<StepEvent> {
  yield { kind: 'progress', text: 'Proving it from outside' };
  let evidence: Evidence[];
  try {
    evidence = await one.prove();
    const failed = evidence.filter((item) => !item.pass);
    if (failed.length > 0) throw notProved(one.step, failed);
  } catch (error) {
    const anew = await writtenAnew(one.setup.broker, written).catch(() => null);
    throw await putBack(one, anew ?? error, waiting.id);
  }
  let confirmed: Awaited<ReturnType<Changes['confirm']>>;
  try {
    confirmed = await one.changes.confirm(waiting.id);
  } catch (error) {
    throw isLost(error) ? lostWhileConfirming(one.setup, error) : error;
  }
  if (confirmed.is === 'armed') throw await putBack(one, unclear(), waiting.id);
  if (confirmed.is === 'late') throw tooLate();
  if (confirmed.is === 'unknown') throw gone(one.setup, 'lost', null);
  yield { kind: 'armed', armed: null };
  if (confirmed.words) yield { kind: 'progress', text: notTidied(one.setup, confirmed.words) };
  yield { kind: 'proved', evidence };
}

/**
 * Puts back the change that waits, if it is that one. Returns what to throw: that it was put back, what is left to do,
 * or that it does not wait any more.
 */
export async function putBack(one: Commitment, cause: unknown, id: string): Promise<Trouble> {
  try {
    const known = /^[0-9a-f]{16}$/.test(id);
    const replay = await one.changes.putBack('waiting', known ? { id } : {});
    return await afterwards(one, replay, cause);
  } catch (error) {
    return isLost(error) ? goesBackByItself(one.setup, cause) : notBack(one.setup, error, cause);
  }
}

async function afterwards(
  { setup, changes }: Commitment,
  replay: Replay,
  cause: unknown,
): Promise<Trouble> {
  const { service, layout, host } = setup.broker;
  const { fate } = replay;
  if (fate !== null && fate !== 'back') return gone(setup, fate, cause);
  let { served } = replay;
  if (!served && replay.failed.length === 0 && service.kind === 'practice') {
    served = await service.restart().then(
      () => true,
      () => false,
    );
    if (served) await changes.settled();
  }
  // Where nothing had been switched yet, the service needed not be told.
  if (replay.failed.length > 0 || (!served && replay.ran !== null)) {
    const before = cause instanceof Error ? ` Before that: ${cause.message}` : '';
    const unserved = !served && replay.failed.length === 0;
    const what = unserved ? notAsItWas(replay) : 'Putting the change back did not finish.';
    const started =
      unserved && replay.ran !== false ? notStarted(host.name, replay.because, service.unit) : null;
    const why =
      started?.likely ??
      (unserved ? 'It did not stop when it was told to.' : 'Files could not be put back.');
    // As comments, so that the lines can be copied whole.
    const words = (started?.detail ?? '')
      .split('\n')
      .flatMap((line) => (line ? [`# ${line}`] : []));
    return new Trouble(what, {
      likely: `${why}${before}`,
      next: `Run "lockstep undo" as soon as the cause is put right; or on ${host.name}, by hand, these lines.`,
      detail: [...words, ...leftToDo(replay, layout.state, service.restartCommand)].join('\n'),
      cause,
    });
  }
  // The practice broker is started whatever it did before.
  const ran = service.kind === 'practice' ? served || null : replay.ran;
  const what =
    fate === 'back'
      ? 'The change was put back already, by its machine or by another session.'
      : `The change was put back: ${brokerThen(ran)}.`;
  if (cause === asWished) return new RolledBack(what, { next: 'Try again whenever you like.' });
  const trouble = asTrouble(cause);
  return new RolledBack(what, {
    likely: [trouble?.message ?? String(cause), trouble?.likely ?? ''].filter(Boolean).join(' '),
    next: trouble?.next || 'Put the cause right, then try again.',
    detail: trouble?.detail ?? '',
    cause,
  });
}

function causeOf({ broker }: Setup, { message, unstarted }: PutBack): Trouble {
  if (unstarted !== null) return notStarted(broker.host.name, unstarted, broker.service.unit);
  return new Trouble('The change could not be made.', {
    likely: message.split('\n').at(-1) ?? '',
    detail: message,
  });
}

/** With the connection goes the knowledge of what has happened; the host takes care of itself. */
const lostWithIt = (error: unknown, setup: Setup): unknown =>
  isLost(error) ? goesBackByItself(setup, error) : error;

function goesBackByItself({ broker, answers }: Setup, cause: unknown): Trouble {
  const what = cause instanceof Error ? cause.message : String(cause);
  if (broker.service.kind === 'practice') return troubleOf(cause);
  return new Trouble('The broker was lost before the change was proved.', {
    likely: what,
    next: `Its machine puts the change back by itself ${answers.undoAfterSeconds} seconds after the restart, unless it is proved before: run it again to do that.`,
    exitCode: 3,
    cause,
  });
}

/** It was proved; whether that came to the host before the connection went is not known. */
function lostWhileConfirming({ answers }: Setup, cause: unknown): Trouble {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new Trouble(
    'The broker was lost when the change was proved, before it said that it stays.',
    {
      likely: what,
      next: `Run it again: it tells whether it stays. If not, its machine puts it back within ${answers.undoAfterSeconds} seconds.`,
      exitCode: 3,
      cause,
    },
  );
}

/** Nobody proved it in time: its host has put it back. */
export function tooLate(): RolledBack {
  return new RolledBack('The proof came too late: the change has been put back.', {
    likely: "The time was up, and the broker's machine has put it back by itself.",
    next: 'Try again, with a longer time if the way there is slow (undoAfterSeconds).',
  });
}

/** What waits is due, or is not known to be the change that was proved: what is kept of it may be damaged. */
export const unclear = (): Trouble =>
  new Trouble(
    'What waits for its proof could not be held: it is due, or what is kept of it cannot be read.',
    {
      next: 'Try again; with a longer time if the way there is slow (undoAfterSeconds).',
    },
  );
