import { createHash } from 'node:crypto';
import { Trouble } from '../../src/errors/trouble.ts';
import type { Broker } from '../../src/mosquitto/service/broker.ts';
import { brokerThen } from '../../src/steps/run/broker-then.ts';
import { clean } from '../../src/text/clean.ts';
import { changesOn } from '../../src/undo/change/change.ts';
import { type Operator, personText, takeOperator } from '../../src/undo/operator/operator.ts';
import { leftToDo } from '../../src/undo/put-back/left-to-do.ts';
import { notAsItWas, notLookedFor } from '../../src/undo/put-back/troubles.ts';
import type { Reaching, Surroundings } from './reach.ts';

/** The lock on the broker's host, and what there is to say about it. */
export interface Claimed {
  operator: Operator;
  notes: string[];
  /** A change waits for its proof: the Harden step is where it is kept or put back. */
  waits: boolean;
  /** One that did not prove itself was put back. */
  putBack: boolean;
}

/** Seconds that a session has from when it meets a change that waits: time to get there, and to decide. */
const timeToProve = 120;

/**
 * Takes the lock on the broker's host for a session that may change something, and brings to its end what
 * an earlier one has left half-way: a change that was being put back, or that a reboot has cut off. A change
 * that only waits for its proof is left to the Harden step.
 */
export async function claim(
  broker: Broker,
  siteId: string,
  around: Surroundings,
  reaching: Reaching,
): Promise<Claimed> {
  const operator = await takeOperator(broker, {
    who: around.user,
    from: around.machine,
    // Of the programs with this folder for this site only one can be alive: it holds the lock here.
    home: homeOf(around, siteId),
    doing: reaching.doing,
    signal: reaching.signal(),
  });
  try {
    const { takenOverFrom } = operator;
    const notes = takenOverFrom
      ? [
          `The session of ${personText(takenOverFrom)}, has ended without leaving; it is taken over.`,
        ]
      : [];
    if (reaching.purpose === 'undo') return { operator, ...nothingLeft, notes };
    const left = await bringToItsEnd(broker, operator, reaching.purpose !== 'prepare');
    return { operator, ...left, notes: [...notes, ...left.notes] };
  } catch (error) {
    await operator.release();
    throw error;
  }
}

const nothingLeft: Omit<Claimed, 'operator'> = { notes: [], waits: false, putBack: false };

/** `mayProve`: this session goes as far as that; no other one holds up what goes back by itself. */
async function bringToItsEnd(
  broker: Broker,
  { token, waiting }: Operator,
  mayProve: boolean,
): Promise<Omit<Claimed, 'operator'>> {
  const changes = changesOn(broker, token);
  if (waiting === null) return nothingLeft;
  if (waiting === 'unknown') throw notLookedFor(clean(broker.host.name, 80), broker.layout.state);
  const begun = waiting === 'reverting' || waiting === 'confirmed';
  if (!begun && !waiting.overdue) {
    const held = mayProve ? await changes.hold(waiting.id, timeToProve) : waiting.secondsLeft > 0;
    // The step says so, as long as it is so: a note would still stand when the change has gone back.
    if (held) return { ...nothingLeft, waits: true };
  }
  const replay = await changes.putBack('waiting');
  const { groups, failed, ran } = replay;
  // Of one that was proved, or where nothing was left of it, nothing was put back.
  const nothing = failed.length === 0 && groups.length === 0 && ran === null;
  if (waiting === 'confirmed' || nothing) return nothingLeft;
  if (failed.length === 0 && (replay.served || ran === null))
    return {
      notes: [
        waiting === 'reverting'
          ? `What was being put back has been put back to its end: ${brokerThen(ran)}.`
          : `A change that was not proved has been put back: ${brokerThen(ran)}.`,
      ],
      waits: false,
      putBack: true,
    };
  const { layout, service, host } = broker;
  throw new Trouble(
    begun
      ? 'What was being put back has not come to its end.'
      : 'A change that was not proved could not be put back.',
    {
      likely:
        failed.length > 0
          ? `Files on ${clean(host.name, 80)} cannot be written as they were.`
          : notAsItWas(replay),
      next: 'Put the cause right and start again; or there, by hand, these lines.',
      detail: leftToDo(replay, layout.state, service.restartCommand).join('\n'),
    },
  );
}

function homeOf({ machine, places }: Surroundings, siteId: string): string {
  const facts = [machine, places(false).state, siteId].join('\0');
  return createHash('sha256').update(facts).digest('hex').slice(0, 32);
}
