# Makes a change that is put back by itself unless somebody proves it.
#
# Changes nothing unless all is as it was shown. Registers, arms the undo, makes ready what comes and what was there,
# renames, restarts; and puts back at once what does not come off, see put-back.sh for what is told of that.
# Arguments: STATE RUNTIME TOKEN KIND UNIT SECONDS SERVICE WHO ID PUT-BACK WORD: WORD is part of the group's name
# Input: a line for each change, parted by tabs:
#   file PATH MODE OWNER EXPECTED SHA-256 BASE64      EXPECTED: the SHA-256 of what is there now, or `absent`
#   link PATH TARGET - - SHA-256                      a symbolic link; the digest of nothing
#   read - - - - SHA-256 BASE64                       what else was read: see `watched` in change.ts
#   end
# Exit 0: it waits for its proof. Where no other status is told, nothing was changed.
# Exit 10 another-waits: another change waits.
# Exit 12 not-as-shown: something is not as it was shown, or not any more.
# Exit 13 failed: something failed, and it was put back.
# Exit 14 not-started: the broker did not start, and it was put back.
# Exit 15 not-put-back: something failed, and so did putting it back.

. undo/record/begin.sh
. mosquitto/service/control.sh
. undo/record/make-group.sh
. undo/record/arm.sh
. undo/record/settle-down.sh
. undo/record/make-folder.sh
. undo/put-back/done-with.sh
. undo/change/say.sh
. files/rename-over.sh
trap '' HUP PIPE
runtime=$1 token=$2 kind=$3 unit=$4 seconds=$5 service=$6 who=$7 id=$8 script=$9 word=${10}
. undo/change/full.sh
. undo/record/open-state.sh
. undo/change/arrive.sh
. undo/record/alone.sh
settle_down
[ ! -e "$state/armed" ] && [ ! -e "$state/reverting" ] || exit 10
. undo/record/ours.sh
work=$state/.change
# 13 or 14: what to say of it when it ends before its end.
because=13
finish() {
  code=$?
  trap - EXIT
  set +e
  [ "$code" != 0 ] || exit 0
  if [ -d "$state/armed" ]; then
    exec 9>&-
    sh -c "$script" lockstep "$state" now "$kind" waiting '' '' "$id"
    case $? in 0 | 3 | 4 | 5) exit "$because" ;; esac
    exit 15
  fi
  # Nothing was changed: what was made ready for it goes. While it takes its room, it is known whether that is why.
  full
  rm -rf "$work" "$state/.armed"
  disarm "$kind"
  exit "$code"
}
trap finish EXIT
. undo/change/receive.sh
. undo/change/place.sh
# What an undo could not tell the broker is over: it is told how it is now.
for one in "$state"/unsettled/[0-9]*; do [ ! -d "$one" ] || done_with "$one"; done
each() {
  turn=0
  while [ $turn -lt "$count" ]; do
    turn=$((turn + 1))
    item $turn
    "$1"
  done
}
next_group "$word"
begin_group "$state/.armed/registered/$group" "$service $unit"
write "$new/id" "$id"
write "$new/.unwritten" ''
differs() {
  say differs "$path"
  [ ! -f "$path" ] || { content=$(head -c 65536 -- "$path" | base64 -w 0); say present "$content"; }
  because=12
  exit 12
}
# What a change was shown with is all of the configuration: the broker starts with all of it.
as_read() {
  while read -r kind_of && read -r path && read -r expected; do
    is=
    case $kind_of in
      file) [ ! -f "$path" ] || is=$(sha256sum <"$path") ;;
      names)
        for one in "$path"/*.conf "$path"/.*.conf; do
          if [ -e "$one" ] || [ -L "$one" ]; then is=$is${one##*/}/; fi
        done
        ;;
    esac
    [ "$kind_of" = names ] || is=${is%% *}
    [ "$is" = "$expected" ] || differs
  done <"$data"
}
include() {
  if [ "$what" = read ]; then
    as_read
    return 0
  fi
  state_of "$path"
  # What is shown and compared of a link to a file is that file.
  if [ "$what" = file ] && [ -L "$path" ] && [ -f "$path" ]; then
    is=$(sha256sum <"$path")
    is=${is%% *}
  fi
  case $what:$is in
    "file:$expected" | link:absent | 'link:link '*) ;;
    *) differs ;;
  esac
  register "$path"
  if [ "$what" = link ]; then ln -s -- "$one" "$entry/after"; else cp -- "$data" "$entry/after"; fi
  write "$work/$turn/entry" "${entry##*/}"
}
each include
seal
arm "$kind" "$id" "$group" "$seconds" "$who" "$script" "$unit"
new=$state/armed/registered/$group
find_entry() {
  entry=$(cat "$work/$turn/entry")
  path_of "$new/$entry"
}
stage() {
  [ "$what" != read ] || return 0
  find_entry
  folder=${path%/*}
  make_folder "$folder"
  if [ "$what" = link ]; then ln -s -- "$one" "$beside.new"; else place "$beside.new"; fi
  if [ -e "$new/$entry/copy" ] || [ -L "$new/$entry/copy" ]; then
    cp -a --remove-destination -- "$new/$entry/copy" "$beside.was"
    state_of "$new/$entry/copy"
    was=$is
    state_of "$beside.was"
    [ "$is" = "$was" ] || { echo "$beside.was does not read back as it was written." >&2; return 1; }
    [ -L "$beside.was" ] || flush "$beside.was"
  fi
  flush "$folder"
}
each stage
# What somebody has written in the meantime is not overwritten.
look_again() {
  find_entry
  state_of "$new/$entry/copy"
  was=$is
  state_of "$path"
  same=
  [ "$is" != "$was" ] || same=yes
  # A link to a file is the same as long as that file is.
  if [ "$what" = file ] && [ -L "$path" ] && [ -f "$path" ]; then
    is=$(sha256sum <"$path")
    [ "${is%% *}" = "$expected" ] || same=
  fi
}
unchanged() {
  if [ "$what" = read ]; then
    as_read
    return 0
  fi
  look_again
  [ -n "$same" ] || differs
}
each unchanged
rm -f "$new/.unwritten"
flush "$new"
switch() {
  [ "$what" != read ] || return 0
  look_again
  [ -n "$same" ] || { echo "$path was changed while the change was made." >&2; exit 1; }
  rename_over "$beside.new" "$path"
  flush "${path%/*}"
}
each switch
rm -rf "$work"
if [ "$kind" != none ]; then
  set +e
  said=$(control "$kind" restart "$unit")
  code=$?
  set -e
  if [ $code != 0 ]; then
    say unstarted "$said"
    because=14
    exit 14
  fi
fi
extend "$seconds"
say group "$group"
