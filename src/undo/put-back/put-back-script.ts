import { renameOver } from '../../host/files/file-scripts.ts';
import { control } from '../../mosquitto/service/control.ts';
import { atBoot, timeLeft } from '../record/arm.ts';
import { fateOf } from '../record/fate.ts';
import { contents } from '../record/group-script.ts';
import { settleDown } from '../record/settle-script.ts';
import { begin, openState, uptime, write } from '../record/shell.ts';
import { choose } from './choose-script.ts';
import { commence, guard } from './commence-script.ts';
import { replayGroup } from './replay-script.ts';

/**
 * `service_of GROUP` sets `was` and `unit` to what it tells of the service. Only a sound one tells that it was stopped,
 * or of a unit of its own.
 */
export const serviceOf = `
service_of() {
  examine "$1"
  was='' unit=''
  if [ -n "$sound" ]; then read -r was unit <"$1/service" || :; fi
  [ "$was" = inactive ] || was=active
  unit=\${unit:-mosquitto.service}
}
`;

/** `done_with GROUP`: it is put back, and the service told. */
export const doneWith = `
done_with() {
  stamp=$(date +%s)
  mv -T "$1" "$journal/undone/\${1##*/}-$stamp-$$"
}
`;

/** `settled UNIT`: its groups are done with. */
const settled = `${serviceOf}${doneWith}
settled() {
  for one in "$state"/unsettled/[0-9]*; do
    [ -d "$one" ] || continue
    service_of "$one"
    [ "$unit" != "$1" ] || done_with "$one"
  done
}
`;

/**
 * `serve WAS UNIT`: a service as it was. What told it, or could not, is said. `unserved`: it is not as it was; `untold`:
 * because nobody there took the order in time, so that it has to be given again.
 */
const serve = `${settled}
serve() {
  began=$(uptime)
  case $how:$kind in
    boot:*)
      say served "$1"
      settled "$2"
      return 0
      ;;
    *:none)
      say service "$1"
      return 0
      ;;
  esac
  order=restart
  [ "$1" != inactive ] || order=stop
  # Once was seen not to be enough, while systemd was starting a broken configuration again and again.
  turn=1 most=3
  [ "$how" != due ] || most=5
  while :; do
    set +e
    said=$(control "$kind" "$order" "$2")
    code=$?
    # What does not run is stopped, whatever became of the order: its unit may be gone.
    if [ $code != 0 ] && [ $order = stop ]; then
      doing='' service=''
      if [ "$kind" = systemd ]; then
        service=$2
        doing=$(timeout -k 5 30 systemctl is-active "$2" 2>/dev/null)
      fi
      pid=$(service_process "$service")
      case $pid:$doing in : | :inactive | :failed | :unknown) code=0 ;; esac
    fi
    set -e
    [ $code != 0 ] || break
    now=$(uptime)
    # A start that ran out of its time would do so again.
    if [ $turn -ge $most ] || [ $((now - began)) -ge 60 ]; then
      unserved=yes
      if [ $code = 124 ]; then
        doing=$(timeout -k 5 30 systemctl is-active "$2" 2>/dev/null || :)
        case $doing in *activating) ;; *) untold=yes ;; esac
      fi
      say unserved "$1"
      say because "$said"
      return 0
    fi
    turn=$((turn + 1))
    sleep 2
  done
  say served "$1"
  settled "$2"
}
`;

/**
 * STATE HOW KIND WHAT [SCRIPT [SPARED [ID]]]: puts back WHAT (`all`, or only the change that is `waiting`), newest first, and
 * the service. Twice is the same as once, and one that is cut off is simply done again: a group leaves the
 * journal only when all of it is back. A damaged one is left as it is, and what is older.
 *
 * HOW: `now` because somebody says so; `timer` waits until what is armed is due, and has it put back by another one
 * (`due`), which is ended where it hangs, and begun again; `boot` before the broker starts, which therefore is not told. It stands alone, because it is also kept on the host as a file. What is
 * armed goes back by renaming and removing alone, as no room may be left. SCRIPT is this one, for a boot meanwhile.
 * SPARED are changes that stay in the journal, a blank before and behind each. Where ID is given, what is `waiting` is put
 * back when it is that one; else only its `fate` is said, see `fateOf`.
 *
 * Says in records, each ended by NUL, what it did; exits with 3 when something is left to do, with 4 when the broker
 * does not start with what is back, or does not stop; with 5 when nobody took that order in time.
 */
export const putBackScript = `${begin}${write}${contents}${uptime}${timeLeft}${control}${atBoot}${settleDown}${renameOver}${replayGroup}${choose}${guard}${commence}${serve}${fateOf}
how=$1 kind=$2 what=$3 script=\${4:-} spared=\${5:-} id=\${6:-}
[ -d "$state" ] || exit 0
trap '' HUP PIPE
look() {
  # It is about to be armed, as long as somebody does that.
  if [ "$how" = timer ] && [ -d "$state/.armed" ] && ! flock -n "$state/busy" true; then left=1
  elif [ -d "$state/reverting" ]; then left=0
  elif [ -d "$state/armed" ]; then time_left
  else exit 0
  fi
}
if [ "$how" = timer ]; then
  look
  while :; do
    while [ "$left" -gt 0 ]; do sleep 1; look; done
    timeout -s KILL 300 /bin/sh "$state/put-back" "$state" due "$kind" "$what"
    # It may have been confirmed, or given more time, meanwhile.
    look
  done
fi
${openState}
exec 9>"$state/busy"
# A change may hold it through a long restart: then who waits until it is due comes again.
flock -w 100 9 || { echo "another change to this broker does not come to its end" >&2; exit 1; }
if [ "$how" = due ]; then
  look
  [ "$left" -le 0 ] || exit 0
fi
settle_down
exec 3>&1
say() { printf '%s %s\\0' "$1" "$2" >&3 || :; }
failed=0 unserved='' untold='' stands=''
if [ -n "$id" ]; then
  fate_of "$id"
  case $fate in
    waits | reverting | unclear) ;;
    *)
      say fate "$fate"
      exit 0
      ;;
  esac
fi
if [ -d "$state/armed" ]; then
  set -- "$state"/armed/registered/[0-9]*
  if [ ! -d "$1" ]; then
    say failed "lost armed "
    say words "What was there before the change that waits is gone."
    exit 3
  fi
  mv -T "$state/armed" "$state/reverting"
  flush "$state"
fi
[ "$what" = all ] || [ -d "$state/reverting" ] || exit 0
# What an undo that was cut off was to put back besides.
also=$(cat -- "$state/reverting/all" 2>/dev/null || :)
# What stays now, and had been begun, is not to come to its end at a boot, either.
unset IFS
stay=' ' all=' '
for name in $spared; do
  [ ! -d "$state/reverting/registered/$name" ] || stay="$stay$name "
done
if [ "$stay" != ' ' ]; then
  for name in $also; do
    case $stay in *" $name "*) ;; *) all="$all$name " ;; esac
  done
  write "$state/.all" "$all"
  flush "$state/.all"
  mv -f "$state/.all" "$state/reverting/all"
  flush "$state/reverting"
  for name in $stay; do
    strays "$state/reverting/registered/$name"
    mv -T "$state/reverting/registered/$name" "$journal/$name"
  done
  flush "$state/reverting/registered" "$journal"
fi
list=
for one in "$journal"/[0-9]*; do
  [ -d "$one" ] || continue
  case $what:$spared$also in
    all:*) case $spared in *" \${one##*/} "*) continue ;; esac ;;
    *" \${one##*/} "*) ;;
    *) continue ;;
  esac
  list="$one
$list"
done
for one in "$state"/reverting/registered/[0-9]*; do
  [ ! -d "$one" ] || list="$one
$list"
done
# No path below STATE has a line end in it.
IFS='
'
# shellcheck disable=SC2086
choose $list
moved=' '
[ -z "$bad" ] || trim
commence
IFS='
'
for one in $chosen; do
  if [ "$failed" = 0 ]; then replay "$one"; else say older "\${one##*/}"; fi
done
IFS='
'
if [ "$failed" != 0 ]; then rest="$stuck
$bad
$rest" stuck='' bad=''
fi
for one in $stuck; do
  placed "$one"
  say byhand "\${one#"$state/"}"
  none_back "$one" "The certificates that it goes back to are not there any more."
done
if [ -n "$bad" ]; then
  placed "$bad"
  if [ -n "$hindered" ]; then none_back "$one" "$hindered"; else damaged "$one"; fi
fi
IFS='
'
for one in $rest; do say older "\${one##*/}"; done
unset IFS
# A broker that serves is not restarted with half of its files.
if [ "$failed" = 0 ]; then
  told='
'
  for one in "$state"/unsettled/[0-9]*; do
    [ -d "$one" ] || continue
    # Of several groups the oldest tells how it was before the first change.
    service_of "$one"
    case $told in *"
$unit
"*) continue ;; esac
    told="$told$unit
"
    serve "$was" "$unit"
  done
fi
[ "$failed" = 0 ] || exit 3
[ -z "$untold" ] || exit 5
[ -z "$unserved" ] || exit 4
[ ! -d "$state/reverting" ] || mv -T "$state/reverting" "$state/.done"
rm -rf "$state/.done"
disarm "$kind"
flush "$state"
`;

/** STATE: the service is as it was again. */
export const settledScript = `${begin}${doneWith}
for one in "$state"/unsettled/[0-9]*; do
  [ ! -d "$one" ] || done_with "$one"
done
`;
