import { createHash, randomBytes } from 'node:crypto';
import { changedSince } from '../../errors/changed-since.ts';
import { Trouble } from '../../errors/trouble.ts';
import type { RunResult } from '../../host/api/host.ts';
import { endedThere, wasEnded } from '../../host/programs/failures.ts';
import { differenceShown } from '../../mosquitto/candidate/difference.ts';
import type { AsRead } from '../../mosquitto/inspection/as-read.ts';
import type { Broker } from '../../mosquitto/service/broker.ts';
import type { Service } from '../../mosquitto/service/service.ts';
import { usualUnit } from '../../mosquitto/service/unit.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import { pruneScript, unnamed } from '../put-back/older-releases.ts';
import { putBackScript, settledScript } from '../put-back/put-back-script.ts';
import { parseReplay, type Replay } from '../put-back/replay.ts';
import { notLookedFor, notPutBack, notRegistered, notSettled } from '../put-back/troubles.ts';
import {
  changeScript,
  confirmScript,
  detachedScript,
  holdScript,
  waitingScript,
} from './change-scripts.ts';

/** A change to the broker's configuration: files that are written, links that are switched. */
export interface Rewrite {
  files: {
    path: string;
    /** What was shown to be there, as latin1 text; null for nothing. Anything else stops it. */
    before: string | null;
    after: string;
    mode: number;
    /** `root:root`; null where all belongs to whoever runs this. */
    owner: string | null;
  }[];
  links: { path: string; target: string }[];
  /** The rest of the configuration as it was shown with it. Anything else stops it, too. */
  asRead?: AsRead;
}

/** A change that is in place and waits for its proof; it is put back by the host itself when none comes. */
export interface Waiting {
  id: string;
  group: string;
  /** Who made it, for people. */
  who: string;
  /** Until it is put back. */
  secondsLeft: number;
  /** Nobody on the host puts it back any more: it was started anew, or who waited there was ended. */
  overdue: boolean;
}

/** Putting back may take so long once it is due: other work there comes to its end first. */
const graceSeconds = 20;

/** A restart has almost two minutes; waiting for another change as much. */
const limitSeconds = 290;

/** The beginning of the command for a script that may take so many seconds; its own words follow. */
export const detachedIn = (seconds: number, script: string): string[] => [
  ...['sh', '-c', detachedScript, 'lockstep', String(seconds), script, 'lockstep'],
];

/** What came of a confirmation, see `confirm`. */
export interface Confirmed {
  is: 'stays' | 'late' | 'armed' | 'unknown';
  /** What that machine says, where it stays and not all could be done that follows. */
  words: string;
}

/** What may come of a change on the host, besides that it waits for its proof. */
export class PutBack extends Error {
  /** The change. */
  readonly id: string;
  /** What came of putting it back; null: that is not known, it may wait or be half back. */
  readonly replay: Replay | null;
  /** Why the broker did not start with it, as it came (see `control`); null: that was not the cause. */
  readonly unstarted: string | null;
  constructor(id: string, replay: Replay | null, unstarted: string | null, words: string) {
    super(words);
    this.id = id;
    this.replay = replay;
    this.unstarted = unstarted;
  }
}

/** How the scripts tell the service: by systemd's tools, by those of SysV init, or not at all. */
export const controlKind = ({ kind }: Pick<Service, 'kind'>): 'systemd' | 'sysv' | 'none' =>
  kind === 'systemd' || kind === 'sysv' ? kind : 'none';

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
      const { code, stderr } = await run('Taking older certificates away', pruneScript, words);
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
    async make(
      rewrite: Rewrite,
      { seconds, who, running }: { seconds: number; who: string; running: boolean },
    ): Promise<Waiting> {
      const id = randomBytes(8).toString('hex');
      const result = await run(
        'Making the change',
        changeScript,
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
          putBackScript,
        ],
        lines(rewrite),
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
      const result = await run('Confirming the change', confirmScript, [
        kind,
        id,
        layout.certificates,
      ]);
      const words = cleanLines(result.stderr, 5).join('\n');
      switch (result.code) {
        case 0:
        case 18: {
          const said = [...result.stdout.matchAll(/older ([^\0]*)\0/g)];
          const older = said.map(([, one = '']) => one);
          // What stays of them is looked at again after the next one.
          const left = older.length > 0 ? await prune(older) : '';
          return { is: 'stays', words: result.code === 18 ? words : left };
        }
        case 10:
          return { is: 'late', words };
        case 16:
        case 17:
          return { is: 'armed', words };
        case 19:
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
      const result = await run('Asking for time to prove it', holdScript, [
        kind,
        id,
        String(seconds),
      ]);
      if (result.code !== 0 && result.code !== 10)
        throw notRegistered('The change that waits could not be given more time.', '', result);
      return result.code === 0;
    },

    /**
     * Puts back the change that waits, or everything; also the service, where it is the host's own. `spared`: changes,
     * as the journal names them, that stay in it as they are. `id`: only where that change waits; else its `fate` is told.
     */
    async putBack(
      what: 'waiting' | 'all',
      { spared = [], id = '' }: { spared?: readonly string[]; id?: string } = {},
    ): Promise<Replay> {
      const result = await run('Putting back', putBackScript, [
        ...['now', kind, what, what === 'all' ? putBackScript : ''],
        ...[spared.map((one) => ` ${one} `).join(''), id],
      ]);
      const replay = parseReplay(result.stdout);
      if ([0, 3, 4, 5].includes(result.code ?? -1)) return replay;
      throw notPutBack(name, layout.state, result);
    },

    /** To be called when the service is as `putBack` says it was, where that is the caller's to do. */
    async settled(): Promise<void> {
      const result = await run('Putting back', settledScript, []);
      if (result.code !== 0) throw notSettled(layout.state, result);
    },

    /**
     * The change that waits for its proof; `reverting` when putting it back has not come to its end. A look that
     * failed is not told as nothing that waits.
     */
    async waiting(): Promise<Waiting | 'reverting' | null> {
      const look = ['sh', '-c', waitingScript, 'lockstep', layout.state, '20'];
      const result = await host.run(look, { root: true, doing: 'Looking for a change that waits' });
      if (result.code !== 0) throw notLookedFor(name, layout.state, result.stderr);
      const waiting = waitingIn(result.stdout.split('\0'));
      return waiting === 'confirmed' ? null : waiting;
    },
  };
}

/** What `waitingScript` says, its fields. `confirmed`: one was cut off when it had been proved, and has to be settled. */
export function waitingIn(fields: readonly string[]): Waiting | 'reverting' | 'confirmed' | null {
  const [id = '', group = '', who = '', left = '', boot = ''] = fields;
  if (id === '') return null;
  if (id === 'reverting' || id === 'confirmed') return id;
  const secondsLeft = Math.max(0, Number(left) || 0);
  const overdue = boot === 'another' || Number(left) < -graceSeconds;
  return { id, group, who: clean(who, 80), secondsLeft, overdue };
}

export type Changes = ReturnType<typeof changesOn>;

function lines({ files, links, asRead }: Rewrite): string {
  const all = [
    ...files.map(({ path, before, after, mode, owner }) => [
      ...['file', path, mode.toString(8), owner ?? '-', before === null ? 'absent' : sum(before)],
      ...dataOf(after),
    ]),
    ...links.map(({ path, target }) => ['link', path, target, '-', '-', sum('')]),
    ...(asRead ? [['read', '-', '-', '-', '-', ...dataOf(watched(asRead))]] : []),
    ['end'],
  ];
  if (all.some((line) => line.some((field) => /[\t\n]/.test(field))))
    throw new Trouble('A file of the configuration has a tab or a line end in its name.', {
      next: 'Give it another name; nothing was changed.',
    });
  return all.map((line) => `${line.join('\t')}\n`).join('');
}

/** Three lines for each file (`file`, its path, its digest) and each folder (`names`, its path, the names). */
const watched = ({ files, folders }: AsRead): string =>
  [
    ...files.map(({ path, text }) => ['file', path, sum(text)]),
    ...folders.map(({ path, names }) => ['names', path, names.map((name) => `${name}/`).join('')]),
  ]
    .map((line) => `${line.join('\n')}\n`)
    .join('');

/** The last two fields of a line. */
const dataOf = (latin1: string): [string, string] => [
  sum(latin1),
  Buffer.from(latin1, 'latin1').toString('base64'),
];

const sum = (latin1: string): string =>
  createHash('sha256').update(Buffer.from(latin1, 'latin1')).digest('hex');

function notMade(name: string, rewrite: Rewrite, result: RunResult & { id: string }): Error {
  const { id, code, stdout, stderr } = result;
  const words = cleanLines(stderr, 5).join('\n');
  switch (code) {
    case 10:
      return new Trouble('Another change to this broker waits for its proof.', {
        likely: 'A session that made it was cut off, or goes on somewhere else.',
        next: 'Run it again: the change that waits is proved or put back first. Nothing was changed.',
      });
    case 11:
      return new Trouble('Somebody else works on this broker now.', {
        likely: 'This session was silent for so long that the lock there was taken over.',
        next: 'See who it is ("lockstep status"), then try again. Nothing was changed.',
        exitCode: 3,
      });
    case 12:
      return differs(rewrite, stdout);
    case 13:
    case 14:
    case 15:
      return new PutBack(
        id,
        code === 15 ? null : parseReplay(stdout),
        /unstarted ([^\0]*)\0/.exec(stdout)?.[1] ?? null,
        words,
      );
    case 20:
      return new Trouble(
        `Nothing could be started on ${name} that puts the change back by itself.`,
        {
          likely: 'The words of that machine tell why.',
          next: 'Look how that machine is, then try again. Nothing was changed.',
          detail: words,
        },
      );
    default:
      return notRegistered(`No copy could be kept of what is on ${name} now.`, '', result);
  }
}

/** What was shown is what is done: not over somebody else's change in the meantime. */
function differs({ files, asRead }: Rewrite, stdout: string): Trouble {
  const [, path = ''] = /differs ([^\0]*)\0/.exec(stdout) ?? [];
  const present = /present ([^\0]*)\0/.exec(stdout)?.[1] ?? '';
  const text = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8');
  const read = asRead?.files.find((file) => file.path === path)?.text;
  const before = files.find((file) => file.path === path)?.before ?? read ?? '';
  if (asRead?.folders.some((folder) => folder.path === path)) return changedSince(path);
  const now = Buffer.from(present, 'base64').toString('utf8');
  const patch = differenceShown(path, text(before), now, ['as shown', 'now']);
  return changedSince(
    path,
    cleanLines(patch.split('\n').slice(2, 42).join('\n'), 40, 200).join('\n'),
  );
}
