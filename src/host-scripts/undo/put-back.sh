# Puts changes back, the newest first, and the service.
#
# Twice is the same as once. One that is cut off is simply done again: a group leaves the journal only when all of it is
# back. A damaged one is left as it is, and so is what is older. What is armed goes back by renaming and removing alone,
# as no room may be left. The script stands alone, because it is also kept on the host as a file.
# Arguments: STATE HOW KIND WHAT [SCRIPT [SPARED [ID]]]
#   HOW    `now` because somebody says so; `timer` waits until what is armed is due, and has it put back by another one
#          (`due`), which is ended where it hangs, and begun again; `boot` before the broker starts, which therefore is
#          not told; should that fail, somebody is there who goes on with it
#   WHAT   `all`, or only the change that is `waiting`
#   SCRIPT this one, for a boot meanwhile
#   SPARED changes that stay in the journal, a blank before and behind each
#   ID     what is `waiting` is put back when it is that change; else only its `fate` is told, see fate-of.sh
# Output: records, each ended by NUL: what it did.
# Exit 3 left: something is left to do.
# Exit 4 not-served: the broker does not start with what is back, or does not stop.
# Exit 5 untold: nobody took that order in time.

. undo/record/begin.sh
. undo/record/write.sh
. undo/record/contents.sh
. undo/record/uptime.sh
. undo/record/time-left.sh
. mosquitto/service/control.sh
. undo/record/at-boot.sh
. undo/record/wait-for-it.sh
. undo/record/settle-down.sh
. files/rename-over.sh
. undo/put-back/replay.sh
. undo/put-back/choose.sh
. undo/put-back/guard.sh
. undo/put-back/commence.sh
. undo/put-back/serve.sh
. undo/record/fate-of.sh
how=$1 kind=$2 what=$3 script=${4:-} spared=${5:-} id=${6:-}
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
. undo/record/open-state.sh
exec 9>"$state/busy"
# A change may hold it through a long restart: then who waits until it is due comes again.
flock -w 100 9 9>&9 || { echo "another change to this broker does not come to its end" >&2; exit 1; }
# Should this one not come to its end, who waits goes on where it stopped, as soon as the lock is free, and tells the
# broker, which has started meanwhile.
if [ "$how" = boot ] && { [ -d "$state/armed" ] || [ -d "$state/reverting" ]; }; then
  set +e
  (set -e; wait_for_it "$kind" boot)
  set -e
fi
if [ "$how" = due ]; then
  look
  [ "$left" -le 0 ] || exit 0
fi
settle_down
exec 3>&1
say() { printf '%s %s\0' "$1" "$2" >&3 || :; }
# And that the broker uses something of it: then it would be restarted with half of its files.
say_older() {
  say older "${1##*/}"
  # It may have been moved back into the journal since.
  placed "$1"
  uses=
  { read -r uses <"$one/service"; } 2>/dev/null || :
  [ "$uses" = - ] || say half "${1##*/}"
}
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
    all:*) case $spared in *" ${one##*/} "*) continue ;; esac ;;
    *" ${one##*/} "*) ;;
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
  if [ "$failed" = 0 ]; then replay "$one"; else say_older "$one"; fi
done
IFS='
'
if [ "$failed" != 0 ]; then rest="$stuck
$bad
$rest" stuck='' bad=''
fi
for one in $stuck; do
  placed "$one"
  say byhand "${one#"$state/"}"
  none_back "$one" "The certificates that it goes back to are not there any more."
done
if [ -n "$bad" ]; then
  placed "$bad"
  if [ -n "$hindered" ]; then none_back "$one" "$hindered"; else damaged "$one"; fi
fi
IFS='
'
for one in $rest; do say_older "$one"; done
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
