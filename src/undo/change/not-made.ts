import { changedSince } from '../../errors/changed-since.ts';
import { Trouble } from '../../errors/trouble.ts';
import type { RunResult } from '../../host/api/host.ts';
import { exitName } from '../../host-scripts/script.ts';
import { differenceShown } from '../../mosquitto/candidate/difference.ts';
import { cleanLines } from '../../text/clean.ts';
import { parseReplay, type Replay } from '../put-back/replay.ts';
import { notRegistered } from '../put-back/troubles.ts';
import type { Rewrite } from './rewrite.ts';

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

/** What came of a change that was not made, or not left in place, by how `undo/change.sh` ended. */
export function notMade(name: string, rewrite: Rewrite, result: RunResult & { id: string }): Error {
  const { id, code, stdout, stderr } = result;
  const words = cleanLines(stderr, 5).join('\n');
  switch (exitName('undo/change', code)) {
    case 'another-waits':
      return new Trouble('Another change to this broker waits for its proof.', {
        likely: 'A session that made it was cut off, or goes on somewhere else.',
        next: 'Run it again: the change that waits is proved or put back first. Nothing was changed.',
      });
    case 'lock-lost':
      return new Trouble('Somebody else works on this broker now.', {
        likely: 'This session was silent for so long that the lock there was taken over.',
        next: 'See who it is ("lockstep status"), then try again. Nothing was changed.',
        exitCode: 3,
      });
    case 'not-as-shown':
      return differs(rewrite, stdout);
    case 'failed':
    case 'not-started':
    case 'not-put-back':
      return new PutBack(
        id,
        exitName('undo/change', code) === 'not-put-back' ? null : parseReplay(stdout),
        /unstarted ([^\0]*)\0/.exec(stdout)?.[1] ?? null,
        words,
      );
    case 'nobody-waits':
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
