/** What putting back did and could not do. */
export interface Replay {
  /** Paths that were put back as they were, and paths that were taken away. */
  restored: string[];
  removed: string[];
  /** Folders left because somebody else's files are in them now. */
  left: string[];
  /** What somebody has changed since, and the name under which it is kept beside. */
  later: { path: string; kept: string }[];
  /** The groups that were put back, newest first. */
  groups: string[];
  /** Whether the service ran before the first change; null when it needs not be told. */
  ran: boolean | null;
  /** Whether it was told: then it is as it was. */
  served: boolean;
  /** Why the broker did not start with what is back, or did not stop, as it came; see `control`. */
  because: string;
  failed: NotBack[];
  /** Changes of which nothing was put back, because what was kept of them is damaged; folders below STATE. */
  damaged: string[];
  /** Sound ones of which nothing was put back either: what they lead back to is gone, and an older one is to be done by hand. */
  byHand: string[];
  /** Older changes, newest first, which were not begun because of those that failed. */
  older: string[];
  /** Of those there is one whose files the broker uses. */
  half: boolean;
  /** Of a change that was asked for and does not wait: what has come of it, see `undo/record/fate-of.sh`. Then nothing was done. */
  fate: 'stays' | 'back' | 'another' | 'lost' | null;
}

/** A path that could not be put back. */
export interface NotBack {
  path: string;
  /**
   * `copy`: there is one; `gone`: there was; `damaged`: it is not what was kept; `absent`: nothing was there; `folder`:
   * nor was this folder; `ours`: it was made by us; `untold`: of which file, is not known; `lost`: what was kept of all of
   * a change is gone. Of these two the path is empty.
   */
  was: 'copy' | 'gone' | 'damaged' | 'absent' | 'folder' | 'ours' | 'untold' | 'lost';
  /** Below STATE, for example `journal/0002-harden/0001`. */
  entry: string;
  /** The machine's own words, as they came. */
  words: string;
  /** Of a folder of ours: the files in it that are as we put them there. */
  ours: string[];
  /** It is not as we wrote it any more. */
  edited: boolean;
}

/** Reads the records of `undo/put-back.sh`. */
export function parseReplay(output: string): Replay {
  // A path that was changed several times is put back several times; the last is what came of it.
  const last = new Map<string, string>();
  const replay: Replay = {
    restored: [],
    removed: [],
    left: [],
    later: [],
    groups: [],
    ran: null,
    served: false,
    because: '',
    failed: [],
    damaged: [],
    byHand: [],
    older: [],
    half: false,
    fate: null,
  };
  for (const record of output.split('\0')) {
    const space = record.indexOf(' ');
    const [word, value] = [record.slice(0, space), record.slice(space + 1)];
    if (word === 'group') replay.groups.push(value);
    else if (word === 'damaged') replay.damaged.push(value);
    else if (word === 'byhand') replay.byHand.push(value);
    else if (word === 'older') replay.older.push(value);
    else if (word === 'half') replay.half = true;
    else if (word === 'fate') replay.fate = value as Replay['fate'];
    else if (word === 'edited') {
      const failed = replay.failed.at(-1);
      if (failed) failed.edited = true;
    } else if (word === 'ours') replay.failed.at(-1)?.ours.push(value);
    else if (word === 'service' || word === 'served' || word === 'unserved') {
      // Of several brokers all must be as they were.
      replay.served = word === 'served' && (replay.ran === null || replay.served);
      replay.ran = replay.ran === true || value === 'active';
    } else if (word === 'failed') {
      const [was = '', entry = '', ...path] = value.split(' ');
      replay.failed.push({
        path: was === 'untold' ? '' : path.join(' '),
        was: was as NotBack['was'],
        entry,
        words: '',
        ours: [],
        edited: false,
      });
    } else if (word === 'because') replay.because = value;
    else if (word === 'words') {
      const failed = replay.failed.at(-1);
      if (failed) failed.words = value;
    } else if (word === 'later') replay.later.push({ path: value, kept: '' });
    else if (word === 'as') {
      const later = replay.later.at(-1);
      if (later) later.kept = value;
    } else if (word) last.set(value, word);
  }
  const paths = (word: string) => [...last].flatMap(([path, one]) => (one === word ? [path] : []));
  replay.restored = paths('restored');
  replay.removed = paths('removed');
  replay.left = paths('left');
  return replay;
}
