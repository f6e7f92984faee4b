import { randomBytes } from 'node:crypto';
import { Trouble } from '../../errors/trouble.ts';
import { endedThere, wasEnded } from '../../host/programs/failures.ts';
import { exitName, hostScript, scriptCommand } from '../../host-scripts/script.ts';
import type { Broker } from '../../mosquitto/service/broker.ts';
import { usualUnit } from '../../mosquitto/service/unit.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import { unnamed } from '../put-back/older-releases.ts';
import { parseReplay, type Replay } from '../put-back/replay.ts';
import { notLookedFor, notPutBack, notRegistered, notSettled } from '../put-back/troubles.ts';
import { controlKind, detachedIn } from './detached.ts';
import { notMade } from './not-made.ts';
import { inputOf, type Rewrite } from './rewrite.ts';
import { type Waiting, waitingIn } from './waiting.ts';

/** A restart has almost two minutes; waiting for another change as much. */
const limitSeconds = 290;

/** How a change is made. */
interface How {
  /** Until it goes back when nobody proves it. */
  seconds: number;
  /** Who makes it, for people. */
  who: string;
  /** Whether the broker runs now. */
  running: boolean;
  /** Part of the name of what is kept of it. */
  word: string;
}

/** What came of a confirmation, see `confirm`. */
export interface Confirmed {
  is: 'stays' | 'late' | 'armed' | 'unknown';
  /** What that machine says, where it stays and not all could be done that follows. */
  words: string;
}

/** The changes of one broker's host. `token` is that of the lock on it; null where there is none. */
export function changesOn(broker: Broker, token: string | null = null) {
  const { host, layout, service } = broker;
  const kind = controlKind(service);
  const unit = service.unit ?? usualUnit;
  const name = clean(host.name, 80);
  const run = async (doing: string, script: string, args: string[], input?: string) => {
    const detached = detachedIn(limitSeconds, script);
    const result = await host.run([...detached, layout.state, ...args], {
      root: true,
      doing,
      // Its own limit comes first: then it is over, and known to be.
      timeoutSeconds: limitSeconds + 10,
      limit: 4 * 1024 * 1024,
      ...(input === undefined ? {} : { input }),
    });
    if (wasEnded(result)) throw endedThere(doing, name);
    return result;
  };
  /** What that machine says where it could not be done; the change stays whatever comes of this. */
  const prune = async (older: string[]): Promise<string> => {
    try {
      const gone = await unnamed(broker, older);
      if (gone.length === 0) return '';
      const words = [kind, layout.certificates, ...gone];
      const { code, stderr } = await run(
        'Taking older certificates away',
        hostScript('undo/prune'),
        words,
      );
      return code === 0 ? '' : cleanLines(stderr, 5).join('\n') || `exit status ${code}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  return {
    /**
     * Registers, arms the undo for after `seconds`, writes, switches and restarts, all on the host and
     * in one go; where the service is not the host's own (practice), the restart is left to the caller.
     * Throws a Trouble when nothing was changed, and `PutBack` when it was and is as before again.
     */
    async make(rewrite: Rewrite, { seconds, who, running, word }: How): Promise<Waiting> {
      const id = randomBytes(8).toString('hex');
      const result = await run(
        'Making the change',
        hostScript('undo/change'),
        [
          ...[
            layout.runtime,
            token ?? '-',
            kind,
            unit,
            String(seconds),
            running ? 'active' : 'inactive',
            who,
            id,
          ],
          hostScript('undo/put-back'),
          word,
        ],
        inputOf(rewrite),
      );
      if (result.code === 0) {
        const group = /group ([^\0]*)\0/.exec(result.stdout)?.[1] ?? '';
        return { id, group, who, secondsLeft: seconds, overdue: false };
      }
      throw notMade(name, rewrite, { ...result, id });
    },

    /**
     * The proof has passed: what is there stays; `words`: of what could not be done after that. `late`: it was put back.
     * `armed`: what waits there cannot be told to be this change, or putting it back has begun and has not come to its
     * end. `unknown`: nothing is known of it there.
     */
    async confirm(id: string): Promise<Confirmed> {
      const result = await run('Confirming the change', hostScript('undo/confirm'), [
        kind,
        id,
        layout.certificates,
      ]);
      const words = cleanLines(result.stderr, 5).join('\n');
      const came = exitName('undo/confirm', result.code);
      switch (came) {
        case 'done':
        case 'stays': {
          const said = [...result.stdout.matchAll(/older ([^\0]*)\0/g)];
          const older = said.map(([, one = '']) => one);
          // What stays of them is looked at again after the next one.
          const left = older.length > 0 ? await prune(older) : '';
          return { is: 'stays', words: came === 'stays' ? words : left };
        }
        case 'put-back':
          return { is: 'late', words };
        case 'unclear':
        case 'reverting':
          return { is: 'armed', words };
        case 'unknown':
          return { is: 'unknown', words };
        default:
          throw new Trouble(`The change on ${name} is proved, but could not be confirmed.`, {
            likely:
              'The words of that machine tell why. It puts the change back by itself when the time is up.',
            next: 'Put the cause right, and run it again.',
            detail: words,
          });
      }
    },

    /** Gives the change so many seconds from now, at least. False: it does not wait any more, or is due. */
    async hold(id: string, seconds: number): Promise<boolean> {
      const result = await run('Asking for time to prove it', hostScript('undo/hold'), [
        kind,
        id,
        String(seconds),
      ]);
      const came = exitName('undo/hold', result.code);
      if (came !== 'done' && came !== 'over')
        throw notRegistered('The change that waits could not be given more time.', '', result);
      return came === 'done';
    },

    /**
     * Puts back the change that waits, or everything; also the service, where it is the host's own. `spared`: changes,
     * as the journal names them, that stay in it as they are. `id`: only where that change waits; else its `fate` is told.
     */
    async putBack(
      what: 'waiting' | 'all',
      { spared = [], id = '' }: { spared?: readonly string[]; id?: string } = {},
    ): Promise<Replay> {
      const result = await run('Putting back', hostScript('undo/put-back'), [
        ...['now', kind, what, what === 'all' ? hostScript('undo/put-back') : ''],
        ...[spared.map((one) => ` ${one} `).join(''), id],
      ]);
      const replay = parseReplay(result.stdout);
      if (exitName('undo/put-back', result.code) !== null) return replay;
      throw notPutBack(name, layout.state, result);
    },

    /** To be called when the service is as `putBack` says it was, where that is the caller's to do. */
    async settled(): Promise<void> {
      const result = await run('Putting back', hostScript('undo/settled'), []);
      if (result.code !== 0) throw notSettled(layout.state, result);
    },

    /**
     * The change that waits for its proof; `reverting` when putting it back has not come to its end. A look that
     * failed is not told as nothing that waits.
     */
    async waiting(): Promise<Waiting | 'reverting' | null> {
      const look = scriptCommand('undo/waiting', layout.state, '20');
      const result = await host.run(look, { root: true, doing: 'Looking for a change that waits' });
      if (result.code !== 0) throw notLookedFor(name, layout.state, result.stderr);
      const waiting = waitingIn(result.stdout.split('\0'));
      return waiting === 'confirmed' ? null : waiting;
    },
  };
}

export type Changes = ReturnType<typeof changesOn>;
