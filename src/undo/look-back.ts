import { clean, cleanLines } from '../clean.ts';
import type { Broker } from '../mosquitto/broker.ts';
import { differenceShown } from '../mosquitto/difference.ts';
import { usualUnit } from '../mosquitto/unit.ts';
import { contents } from './group-script.ts';
import { serviceOf } from './put-back-script.ts';
import { replayGroup } from './replay-script.ts';
import { beside } from './settle-script.ts';
import { begin } from './shell.ts';
import { notRegistered } from './troubles.ts';

/** What putting everything back would do now; fields as in `Replay`. */
export interface LookBack {
  restored: string[];
  removed: string[];
  left: string[];
  /** What somebody has changed since, with the difference to what Lockstep wrote, where both are text. */
  later: { path: string; difference: string[] }[];
  /** Changes of which something that was kept is damaged: neither they nor older ones can be put back. */
  damaged: string[];
  ran: boolean | null;
  /** What is at each path then: the bytes of a file, the target of a link, null for nothing. */
  then: ReadonlyMap<string, Uint8Array | string | null>;
  /** The folders of ours that are taken away, each with its change, and what is in it of somebody else. */
  ours: { path: string; group: string; stays: string[] }[];
  /** What putting back all but these changes would do. */
  without(spared: readonly string[]): LookBack | null;
}

// STATE. Records, each ended by NUL, in the order in which `putBackScript` takes them: `group NAME WAS UNIT`, WAS being
// `-` where the broker needs not be told; `damaged GROUP` instead, and then no more; `ours PATH`, and `stays` where
// something else is in it; `copy PATH`, `absent PATH`, `folder PATH`, and before that, where a folder is there now, `inside NAME` for
// all that is in it. After those: `now`, `was` and `after`, the states as `state_of` has them (`none` for a folder);
// `wrote` and `found` where the two differ, and `kept`, the file that was there, in base64. Changes nothing, and waits
// for nobody.
export const script = `${begin}${contents}${beside}${replayGroup}${serviceOf}
[ -d "$journal" ] || exit 0
say() { printf '%s %s\\0' "$1" "$2"; }
look() {
  name=\${1##*/} was=- unit=
  examine "$1"
  if [ -z "$sound" ]; then
    say damaged "$name"
    exit 0
  fi
  case $name in
    *-distribute) ;;
    *) [ -f "$1/.unwritten" ] || read -r was unit <"$1/service" || : ;;
  esac
  say group "$name $was $unit"
  backwards=
  for entry in "$1"/[0-9]*; do backwards="\${entry##*/} $backwards"; done
  unset IFS
  for number in $backwards; do
    entry=$1/$number
    path_of "$entry"
    kind_of "$entry"
    state_of "$path"
    now=$is was=absent after=none
    case $kept_as in
      ours)
        if [ -d "$path" ] && [ ! -L "$path" ]; then
          for inside in "$path"/* "$path"/.[!.]* "$path"/..?*; do
            if [ ! -e "$inside" ] && [ ! -L "$inside" ]; then continue; fi
            state_of "$inside"
            grep -qxF "$is \${inside##*/}" "$entry/ours" || say stays "$inside"
          done
        fi
        ;;
      folder)
        if [ -d "$path" ] && [ ! -L "$path" ]; then
          for inside in "$path"/* "$path"/.[!.]* "$path"/..?*; do
            if [ -e "$inside" ] || [ -L "$inside" ]; then say inside "$inside"; fi
          done
        fi
        ;;
      *)
        state_of "$entry/copy"
        was=$is
        ;;
    esac
    kept=
    if [ -f "$entry/copy" ] && [ ! -L "$entry/copy" ]; then
      kept=$(head -c 262144 -- "$entry/copy" | base64 -w 0)
    fi
    if [ -e "$entry/after" ] || [ -L "$entry/after" ]; then
      state_of "$entry/after"
      after=$is
    fi
    say "$kept_as" "$path"
    say now "$now"
    say was "$was"
    say after "$after"
    say kept "$kept"
    if [ "$now" != "$after" ] && [ -f "$path" ] && [ -f "$entry/after" ]; then
      found=$(head -c 65536 -- "$path" | base64 -w 0)
      wrote=$(head -c 65536 -- "$entry/after" | base64 -w 0)
      say found "$found"
      say wrote "$wrote"
    fi
  done
}
list=
# Files that are back, and their service is not told yet.
for one in "$state"/unsettled/[0-9]*; do
  [ -d "$one" ] || continue
  service_of "$one"
  say group "\${one##*/} $was $unit"
done
for one in "$journal"/[0-9]* "$state"/confirmed/registered/[0-9]* "$state"/armed/registered/[0-9]* "$state"/reverting/registered/[0-9]*; do
  [ ! -d "$one" ] || list="$one
$list"
done
IFS='
'
for one in $list; do look "$one"; done
`;

/** Looks what `putBack('all')` would do, in one round trip, and changes nothing. Null: there is nothing to undo. */
export async function lookBack({ host, layout }: Broker): Promise<LookBack | null> {
  const result = await host.run(['sh', '-c', script, 'lockstep', layout.state], {
    root: true,
    doing: 'Looking what can be undone',
    limit: 8 * 1024 * 1024,
  });
  if (result.code !== 0 || result.truncated)
    throw notRegistered('What could be undone cannot be told.', layout.state, result);
  return lookBackIn(result.stdout);
}

interface Entry {
  group: string;
  word: string;
  path: string;
  facts: Record<string, string>;
  inside: string[];
  stays: string[];
}

/** What the script says, but of the changes that are spared. */
export function lookBackIn(records: string, spared: readonly string[] = []): LookBack | null {
  // As in a replay, the last word on a path counts.
  const last = new Map<string, 'restored' | 'removed' | 'left'>();
  const taken = new Set<string>();
  const later = new Map<string, LookBack['later'][number]>();
  const damaged: string[] = [];
  // What is at a path when its turn comes: what the group before has put back there.
  const states = new Map<string, string>();
  // Of each service, before the first change.
  const services = new Map<string, string>();
  const then: Map<string, Uint8Array | string | null> = new Map();
  const ours: LookBack['ours'] = [];
  const { groups, entries } = read(records, spared);
  if (groups.length === 0) return null;
  for (const group of groups) {
    const [name = '', was = '', unit = ''] = group.split(' ');
    if (name === 'damaged') damaged.push(was);
    else if (was !== '-') services.set(unit || usualUnit, was);
  }
  for (const { group, word, path, facts, inside, stays } of entries) {
    const [was = '', after = ''] = [facts.was, facts.after];
    const now = states.get(path) ?? facts.now ?? '';
    if (after !== 'none' && ![after, was, 'absent', 'other'].includes(now) && !later.has(path))
      later.set(path, { path, difference: differenceOf(path, facts) });
    if (after !== 'none') states.set(path, was);
    if (word === 'copy')
      then.set(path, /^link (.*)$/s.exec(was)?.[1] ?? Buffer.from(facts.kept ?? '', 'base64'));
    else if (word === 'absent') then.set(path, null);
    if (word === 'ours') {
      ours.push({ path, group, stays });
      taken.add(path);
      if (stays.length > 0) last.set(path, 'left');
      else if (now === 'other') last.set(path, 'removed');
    } else if (word === 'copy') last.set(path, 'restored');
    else if (now === 'absent') continue;
    else if (now === 'other' && !inside.every((one) => taken.has(one))) last.set(path, 'left');
    else {
      taken.add(path);
      last.set(path, 'removed');
    }
  }
  const of = (what: string) => [...last].flatMap(([path, one]) => (one === what ? [path] : []));
  return {
    restored: of('restored'),
    removed: of('removed'),
    left: of('left'),
    later: [...later.values()],
    damaged,
    ran: services.size === 0 ? null : [...services.values()].includes('active'),
    then,
    ours,
    without: (more) => lookBackIn(records, [...spared, ...more]),
  };
}

function read(records: string, spared: readonly string[]): { groups: string[]; entries: Entry[] } {
  const groups: string[] = [];
  const entries: Entry[] = [];
  let [inside, stays]: [string[], string[]] = [[], []];
  let group = '';
  for (const record of records.split('\0').slice(0, -1)) {
    const space = record.indexOf(' ');
    const [word, value] = [record.slice(0, space), record.slice(space + 1)];
    const entry = entries.at(-1);
    if (word === 'group') group = value.split(' ')[0] ?? '';
    if (word !== 'damaged' && spared.includes(group)) continue;
    if (word === 'group') groups.push(value);
    else if (word === 'damaged') groups.push(`damaged ${value}`);
    else if (word === 'inside') inside.push(value);
    else if (word === 'stays') stays.push(value);
    else if (word === 'ours' || word === 'copy' || word === 'absent' || word === 'folder') {
      entries.push({ group, word, path: value, facts: {}, inside, stays });
      [inside, stays] = [[], []];
    } else if (entry) entry.facts[word] = value;
  }
  return { groups, entries };
}

function differenceOf(path: string, { wrote, found }: Record<string, string>): string[] {
  if (wrote === undefined || found === undefined) return [];
  const [before, now] = [wrote, found].map((one) => Buffer.from(one, 'base64').toString('utf8'));
  const heads = ['as written', 'now'] as const;
  const patch = differenceShown(clean(path, 200), before ?? '', now ?? '', heads);
  return cleanLines(patch.split('\n').slice(4, 44).join('\n'), 40, 200);
}
