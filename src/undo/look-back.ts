import type { Broker } from '../mosquitto/broker.ts';
import { usualUnit } from '../mosquitto/unit.ts';
import { notRegistered } from './troubles.ts';

/** What putting everything back would do now; fields as in `Replay`. */
export interface LookBack {
  restored: string[];
  removed: string[];
  left: string[];
  /** Paths whose copy is gone: they cannot be put back. */
  lost: string[];
  ran: boolean | null;
}

// STATE. Records, each ended by NUL, in the order in which `putBackScript` takes them: `group WAS UNIT`, WAS being
// `-` where the broker needs not be told; `ours PATH`, `copy PATH`, `gone PATH`, `absent PATH`, and before that,
// where a folder is there now, `inside NAME` for all that is in it; `nothing PATH` where nothing is there. Changes
// nothing, and waits for nobody.
const script = `
state=$1 journal=$1/journal
[ -d "$journal" ] || exit 0
say() { printf '%s %s\\0' "$1" "$2"; }
# Files that are back, and their service is not told yet.
for one in "$state/unsettled"/*; do
  [ ! -f "$one" ] || say group "$(cat "$one") \${one##*/}"
done
for one in reverting armed; do
  [ -d "$state/$one" ] || continue
  waiting=$(cat "$state/$one/group")
  [ -f "$state/$one/written" ] || unwritten=$waiting
done
for group in $(ls -r "$journal" | grep -E '^[0-9]{4}-'); do
  was=-
  case $group in
    *-distribute | "\${unwritten:-none}") ;;
    *) read -r was unit <"$journal/$group/service" || : ;;
  esac
  say group "$was \${unit:-}"
  for number in $(ls -r "$journal/$group" | grep -E '^[0-9]{4}$'); do
    entry=$journal/$group/$number
    path=$(cat "$entry/path"; printf x)
    path=\${path%x}
    if [ -f "$entry/ours" ]; then say ours "$path"
    elif [ ! -f "$entry/absent" ]; then
      if [ -e "$entry/copy" ] || [ -L "$entry/copy" ]; then say copy "$path"; else say gone "$path"; fi
    elif [ -d "$path" ] && [ ! -L "$path" ]; then
      for inside in "$path"/* "$path"/.[!.]* "$path"/..?*; do
        if [ -e "$inside" ] || [ -L "$inside" ]; then say inside "$inside"; fi
      done
      say absent "$path"
    elif [ -e "$path" ] || [ -L "$path" ]; then say absent "$path"
    else say nothing "$path"
    fi
  done
done
`;

/** Looks what `putBack('all')` would do, in one round trip, and changes nothing. Null: there is nothing to undo. */
export async function lookBack({ host, layout }: Broker): Promise<LookBack | null> {
  const result = await host.run(['sh', '-c', script, 'lockstep', layout.state], {
    root: true,
    doing: 'Looking what can be undone',
    limit: 4 * 1024 * 1024,
  });
  if (result.code !== 0 || result.truncated)
    throw notRegistered('What could be undone cannot be told.', layout.state, result);
  return lookBackIn(result.stdout);
}

/** What the script says. */
export function lookBackIn(records: string): LookBack | null {
  // As in a replay, the last word on a path counts.
  const last = new Map<string, 'restored' | 'removed' | 'left' | 'lost'>();
  const taken = new Set<string>();
  // Of each service, before the first change.
  const services = new Map<string, string>();
  let inside: string[] = [];
  let any = false;
  for (const record of records.split('\0').slice(0, -1)) {
    const space = record.indexOf(' ');
    const [word, path] = [record.slice(0, space), record.slice(space + 1)];
    if (word === 'group') {
      any = true;
      const [was = '', unit = ''] = path.split(' ');
      if (was !== '-') services.set(unit || usualUnit, was);
    } else if (word === 'inside') inside.push(path);
    else if (word === 'copy') last.set(path, 'restored');
    else if (word === 'gone') last.set(path, 'lost');
    else if (word === 'ours') taken.add(path);
    else if (word === 'absent' && inside.every((one) => taken.has(one))) {
      taken.add(path);
      last.set(path, 'removed');
    } else if (word === 'absent') last.set(path, 'left');
    if (word !== 'inside') inside = [];
  }
  if (!any) return null;
  const of = (what: string) => [...last].flatMap(([path, one]) => (one === what ? [path] : []));
  return {
    restored: of('restored'),
    removed: of('removed'),
    left: of('left'),
    lost: of('lost'),
    ran: services.size === 0 ? null : [...services.values()].includes('active'),
  };
}
