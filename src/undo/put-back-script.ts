import { renameOver } from '../host/scripts.ts';
import { disarm } from './arm.ts';
import { alone, begin, control, openState, uptime } from './shell.ts';

/**
 * STATE HOW KIND WHAT [ID]: puts back WHAT (`all`, or only the change that is `waiting`), newest first, and
 * the service. Twice is the same as once, and one that is cut off is simply done again: a group leaves the
 * journal only when all of it is back.
 *
 * HOW: `now` because somebody says so; `timer` waits until the change ID is due; `boot` before the broker
 * starts, which therefore is not told. It stands alone, because it is also kept on the host as a file.
 *
 * Says in records, each ended by NUL, what it did; exits with 3 when something is left to do.
 */
export const putBackScript = `${begin}${uptime}${control}${disarm}${renameOver}
how=$1 kind=$2 what=$3 id=\${4:-}
[ -d "$journal" ] || exit 0
due() {
  [ "$(cat "$state/armed/id" 2>/dev/null)" = "$id" ] || exit 0
  [ "$(uptime)" -ge "$(cat "$state/armed/until")" ]
}
trap '' HUP PIPE
if [ "$how" = timer ]; then
  until due; do sleep 1; done
fi
${openState}${alone}
if [ "$how" = timer ]; then
  # It may have been confirmed, or given more time, before it was our turn.
  until due; do exec 9>&-; sleep 1; exec 9>"$state/busy"; flock -w 100 9; done
fi
exec 3>&1
say() { printf '%s %s\\0' "$1" "$2" >&3 || :; }
[ ! -d "$state/armed" ] || mv -T "$state/armed" "$state/reverting"
waiting=$(cat "$state/reverting/group" 2>/dev/null || :)
[ "$what" = all ] || [ -n "$waiting" ] || exit 0
back() {
  if [ -f "$1/ours" ]; then rm -rf -- "$2"
  elif [ -f "$1/absent" ]; then
    if [ -d "$2" ] && [ ! -L "$2" ]; then
      if [ -n "$(ls -A "$2")" ]; then say left "$2"; else rmdir -- "$2" && say removed "$2"; fi
    elif [ -e "$2" ] || [ -L "$2" ]; then rm -f -- "$2" && say removed "$2"
    fi
  elif [ -e "$1/copy" ] || [ -L "$1/copy" ]; then
    [ -d "\${2%/*}" ] || (umask 022 && mkdir -p -- "\${2%/*}") || return 1
    rm -rf -- "$2.lockstep-undo" && cp -a -- "$1/copy" "$2.lockstep-undo" &&
      rename_over "$2.lockstep-undo" "$2" && say restored "$2"
  else
    echo "The copy of what was there is gone." >&2
    return 1
  fi
}
kept() { if [ -f "$1/ours" ]; then echo ours; elif [ -f "$1/absent" ]; then echo absent; elif [ -e "$1/copy" ] || [ -L "$1/copy" ]; then echo copy; else echo gone; fi; }
failed=0
replay() {
  # The broker does not use what was only brought there, nor what was not yet in its place.
  case $1 in
    *-distribute) ;;
    "$waiting") [ ! -f "$state/reverting/written" ] || cp "$journal/$1/service" "$state/unsettled" ;;
    *) cp "$journal/$1/service" "$state/unsettled" ;;
  esac
  for entry in $(ls -r "$journal/$1" | grep -E '^[0-9]{4}$'); do
    path=$(cat "$journal/$1/$entry/path"; printf x)
    path=\${path%x}
    words=$(back "$journal/$1/$entry" "$path" 2>&1) && continue
    failed=1
    say failed "$(kept "$journal/$1/$entry") $1/$entry $path"
    say words "$words"
  done
  # What is older stays registered as long as anything newer is not back.
  [ "$failed" = 0 ] || return 0
  say group "$1"
  mkdir -p "$journal/undone"
  mv -T "$journal/$1" "$journal/undone/$1-$(date +%s)-$$"
}
if [ "$what" = all ]; then
  for group in $(ls -r "$journal" | grep -E '^[0-9]{4}-'); do replay "$group"; done
elif [ -d "$journal/$waiting" ]; then replay "$waiting"
fi
sync
serve() {
  was=$(cat "$state/unsettled")
  case $how:$kind:$was in
    boot:*) ;;
    *:none:*) say service "$was"; return 0 ;;
    *:active)
      # Once was seen not to be enough, while systemd was starting a broken configuration again and again.
      turn=1 most=3
      [ "$how" != timer ] || most=5
      until said=$(control "$kind" restart); do
        [ $turn -lt $most ] || { failed=1; say unserved "$was"; say because "$said"; return 0; }
        turn=$((turn + 1))
        sleep 2
      done
      ;;
    *) control "$kind" stop >/dev/null || :
  esac
  rm -f "$state/unsettled"
  say served "$was"
}
# A broker that serves is not restarted with half of its files.
if [ "$failed" = 0 ] && [ -f "$state/unsettled" ]; then serve; fi
[ "$failed" = 0 ] || exit 3
rm -rf "$state/reverting"
disarm "$kind"
sync
`;

/** STATE: the service is as it was again. */
export const settledScript = `${begin}
rm -f "$state/unsettled"
`;
