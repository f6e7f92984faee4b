# Tells what an undo would put back. Changes nothing, and waits for nobody.
#
# Arguments: STATE SPARED DIFFERENCES CONTENTS: SPARED are changes that stay, a blank before and behind each; so many
#   bytes of differences and of contents may be told
# Output: records, each ended by NUL, in the order in which put-back.sh takes them: `group NAME WAS UNIT`, WAS being `-`
#   where the broker needs not be told; `damaged GROUP` instead, and then no more; `ours PATH`, and `stays` where
#   something else is in it; `copy PATH`, `absent PATH`, `folder PATH`, and before that, where a folder is there now,
#   `inside NAME` for all that is in it. After those `now`, `was` and `after`, the states as `state_of` has them (`none`
#   for a folder); for the newest change of a path `wrote` and `found` where the two differ. At last `content PATH` and
#   `kept`, the file that the oldest change of a path has met. These three are base64.

. undo/record/begin.sh
. undo/record/contents.sh
. undo/record/beside.sh
. undo/put-back/replay.sh
. undo/put-back/choose.sh
. undo/put-back/service-of.sh
[ -d "$journal" ] || exit 0
spared=$1 differences=$2 room=$3
say() { printf '%s %s\0' "$1" "$2"; }
newest='
' visited=''
# Against what the newest change wrote: an older one has met what was there between them.
differ() {
  case $newest in *"
$path
"*) return 0 ;; esac
  newest="$newest$path
"
  if [ "$now" = "$after" ] || [ ! -f "$path" ] || [ ! -f "$entry/after" ]; then return 0; fi
  found=$(head -c 65536 -- "$path" | base64 -w 0)
  wrote=$(head -c 65536 -- "$entry/after" | base64 -w 0)
  differences=$((differences - ${#found} - ${#wrote}))
  [ "$differences" -ge 0 ] || return 0
  say found "$found"
  say wrote "$wrote"
}
look() {
  name=${1##*/} was=- unit=
  [ -f "$1/.unwritten" ] || read -r was unit <"$1/service" || :
  say group "$name $was $unit"
  backwards=
  for entry in "$1"/[0-9]*; do backwards="${entry##*/} $backwards"; done
  unset IFS
  for number in $backwards; do
    entry=$1/$number
    path_of "$entry"
    kind_of "$entry"
    state_now "$path"
    now=$is was=absent after=none
    case $kept_as in
      ours)
        if [ -d "$path" ] && [ ! -L "$path" ]; then
          for inside in "$path"/* "$path"/.[!.]* "$path"/..?*; do
            if [ ! -e "$inside" ] && [ ! -L "$inside" ]; then continue; fi
            state_now "$inside"
            grep -qxF "$is ${inside##*/}" "$entry/ours" || say stays "$inside"
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
    if [ -e "$entry/after" ] || [ -L "$entry/after" ]; then
      state_of "$entry/after"
      after=$is
    fi
    say "$kept_as" "$path"
    say now "$now"
    say was "$was"
    say after "$after"
    case $kept_as in copy | absent)
      differ
      visited="$entry
$visited"
      ;;
    esac
  done
}
list=
# Files that are back, and their service is not told yet.
for one in "$state"/unsettled/[0-9]*; do
  [ -d "$one" ] || continue
  service_of "$one"
  say group "${one##*/} $was $unit"
done
for one in "$journal"/[0-9]* "$state"/confirmed/registered/[0-9]* "$state"/armed/registered/[0-9]* "$state"/reverting/registered/[0-9]*; do
  case $spared in *" ${one##*/} "*) continue ;; esac
  [ ! -d "$one" ] || list="$one
$list"
done
IFS='
'
moved=' '
# shellcheck disable=SC2086
choose $list
[ -z "$bad" ] || trim
for one in $chosen; do look "$one"; done
[ -z "$bad" ] || say damaged "${bad##*/}"
# What was looked at last is the oldest.
IFS='
'
oldest='
'
for entry in $visited; do
  path_of "$entry"
  case $oldest in *"
$path
"*) continue ;; esac
  oldest="$oldest$path
"
  if [ ! -f "$entry/copy" ] || [ -L "$entry/copy" ]; then continue; fi
  size=$(stat -c %s -- "$entry/copy")
  room=$((room - size * 4 / 3 - 4))
  [ "$room" -ge 0 ] || continue
  say content "$path"
  kept=$(base64 -w 0 <"$entry/copy")
  say kept "$kept"
done
