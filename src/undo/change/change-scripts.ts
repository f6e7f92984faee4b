import { renameOver } from '../../host/files/file-scripts.ts';
import { control } from '../../mosquitto/service/control.ts';
import { olderReleases } from '../put-back/older-releases.ts';
import { doneWith } from '../put-back/put-back-script.ts';
import { arm, timeLeft } from '../record/arm.ts';
import { fateOf } from '../record/fate.ts';
import { makeGroup } from '../record/group-script.ts';
import { settleDown } from '../record/settle-script.ts';
import {
  alone,
  arrive,
  begin,
  fullAtEnd,
  openState,
  ours,
  uptime,
  write,
} from '../record/shell.ts';

/**
 * Runs `$2` (a script) with the other arguments and our standard input, out of reach of whatever may
 * end us: a connection that breaks must not stop a change half-way. After `$1` seconds it is ended, with all that it
 * has started, as by a power cut (exit status 137): where something in it hangs, the lock it holds would keep away the
 * undo.
 */
export const detachedScript = `
limit=$1
shift
exec 3<&0
setsid timeout -s KILL "$limit" sh -c "$@" <&3 3<&- &
wait $!
`;

const say = `say() { printf '%s %s\\0' "$1" "$2" || :; }
`;

/**
 * Reads lines of tab-parted fields into numbered folders below `work`, up to the line `end`: a connection
 * that is cut must not make a shorter list of it. What has come is what was sent: its SHA-256 comes with it. `item N`
 * gives it back.
 */
export const receive = `
count=0 ended=
rm -rf "$work"
mkdir "$work"
while IFS='	' read -r what path one two expected digest data; do
  if [ "$what" = end ]; then ended=yes; break; fi
  count=$((count + 1))
  mkdir "$work/$count"
  for field in what path one two expected digest; do
    eval "value=\\$$field"
    write "$work/$count/$field" "$value"
  done
  printf '%s' "$data" | base64 -d >"$work/$count/data"
  state_of "$work/$count/data"
  [ "$is" = "$digest" ] || { echo "What came does not read back as it was sent." >&2; exit 1; }
done
[ -n "$ended" ] || { echo "The connection ended before all had come." >&2; exit 1; }
item() {
  for field in what path one two expected digest; do
    value=$(cat "$work/$1/$field")
    eval "$field=\\$value"
  done
  data=$work/$1/data
}
`;

/**
 * `place NEW`: what is written is written through a file that is newly made (O_EXCL), for root alone from
 * its first byte; owner and mode are set through the open file.
 */
export const place = `
place() {
  set -C
  # Plain, a failing exec would end the shell without its words.
  command exec 4>"$1"
  set +C
  cat "$data" >&4
  [ "$two" = - ] || chown -- "$two" /proc/self/fd/4
  chmod -- "$one" /proc/self/fd/4
  exec 4>&-
  state_of "$1"
  [ "$is" = "$digest" ] || { echo "$1 does not read back as it was written." >&2; return 1; }
  flush "$1"
}
`;

/**
 * STATE RUNTIME TOKEN KIND UNIT SECONDS SERVICE WHO ID PUT-BACK, and on standard input a line for each change:
 *
 *   file PATH MODE OWNER EXPECTED SHA-256 BASE64      EXPECTED: the SHA-256 of what is there now, or `absent`
 *   link PATH TARGET - - SHA-256                      a symbolic link; the digest of nothing
 *   read - - - - SHA-256 BASE64                       what else was read: see `watched` in change.ts
 *   end
 *
 * Changes nothing unless all is as it was shown. Registers, arms the undo, makes ready what comes and what was there,
 * renames, restarts; and puts back at once what does not come off. Exit status: 0 it waits for its proof; 10 another
 * change waits; 11 the lock is not ours any more; 12 something is not as shown, or not any more; 14 the broker did not start, or 13
 * something else failed, and what came of putting it back is told, see `putBackScript`; 15 it did not come to tell
 * that; 20 nobody could be started who waits to put it back, or else: nothing was changed.
 */
export const changeScript = `${begin}${control}${makeGroup}${arm}${settleDown}${doneWith}${say}${renameOver}
trap '' HUP PIPE
runtime=$1 token=$2 kind=$3 unit=$4 seconds=$5 service=$6 who=$7 id=$8 script=$9
${fullAtEnd}${openState}${arrive}${alone}
settle_down
[ ! -e "$state/armed" ] && [ ! -e "$state/reverting" ] || exit 10
${ours}
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
${receive}${place}
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
next_group harden
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
          if [ -e "$one" ] || [ -L "$one" ]; then is=$is\${one##*/}/; fi
        done
        ;;
    esac
    [ "$kind_of" = names ] || is=\${is%% *}
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
    is=\${is%% *}
  fi
  case $what:$is in
    "file:$expected" | link:absent | 'link:link '*) ;;
    *) differs ;;
  esac
  register "$path"
  if [ "$what" = link ]; then ln -s -- "$one" "$entry/after"; else cp -- "$data" "$entry/after"; fi
  write "$work/$turn/entry" "\${entry##*/}"
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
  folder=\${path%/*}
  [ -d "$folder" ] || (umask 022; mkdir -p -- "$folder")
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
    [ "\${is%% *}" = "$expected" ] || same=
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
  flush "\${path%/*}"
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
`;

/**
 * STATE KIND ID FOLDER: the proof has passed; the undo is taken back. Says, as `older NAME`, which releases
 * in FOLDER nobody needs for that: see older-releases.ts. Exit status 10: too late, it was put back; 16: it cannot be
 * told whether what waits is this change; 17: putting it back has begun and has not come to its end; 18: it stays, but
 * not all that follows was done; 19: nothing is known of it.
 */
export const confirmScript = `${begin}${write}${settleDown}${say}${fateOf}
kind=$1 id=$2 folder=$3
${openState}${alone}
settle_down
fate_of "$id"
case $fate in
  waits) ;;
  stays) exit 0 ;;
  back) exit 10 ;;
  unclear) exit 16 ;;
  reverting) exit 17 ;;
  *) exit 19 ;;
esac
mv -T "$state/armed" "$state/confirmed"
# From here on nobody puts it back, whatever else fails.
trap '[ $? = 0 ] || exit 18' EXIT
flush "$state"
settle_down
${olderReleases}
for release in $list; do say older "$release"; done
`;

/**
 * STATE KIND ID SECONDS: somebody is there to prove the change, and has so much time at least. Exit status 10: it does
 * not wait any more, its time is over, or a reboot has come in between.
 */
export const holdScript = `${begin}${write}${arm}${timeLeft}${settleDown}${fateOf}
kind=$1 id=$2 seconds=$3
${openState}${alone}
settle_down
fate_of "$id"
[ "$fate" = waits ] || exit 10
boot=$(cat /proc/sys/kernel/random/boot_id)
found=$(cat "$state/armed/boot" 2>/dev/null || :)
[ "$found" = "$boot" ] || exit 10
time_left
# One that is due goes back, whoever comes: its time may not be readable.
[ "$left" -gt 0 ] || exit 10
[ "$left" -ge "$seconds" ] || extend "$seconds"
`;

/**
 * STATE SECONDS: what waits. Fields, each ended by NUL: id, group, who, seconds left, `this` or `another` boot; or
 * `reverting`, when putting back has begun and has not come to its end; `confirmed`, when a confirmation has; nothing
 * when nothing waits. A failure is none of these. For a change that is under way it waits as long as SECONDS.
 */
export const waitingScript = `${begin}${uptime}${timeLeft}
# A change whose program has died may still be under way there: what comes of it is what counts.
if [ -f "$state/busy" ]; then
  exec 9<"$state/busy"
  flock -w "$1" 9 || :
fi
field() {
  value=
  if [ -f "$state/armed/$1" ]; then value=$(tr -d '\\0' <"$state/armed/$1"); fi
}
if [ -d "$state/armed" ]; then
  boot=$(cat /proc/sys/kernel/random/boot_id)
  group=
  field id
  id=$value
  field who
  who=$value
  field boot
  found=$value
  for one in "$state"/armed/registered/[0-9]*; do group=\${one##*/}; done
  time_left
  which=this
  [ "$found" = "$boot" ] || which=another
  # Whatever of it cannot be read: something waits.
  printf '%s\\0' "\${id:-unreadable}" "$group" "$who" "$left" "$which"
elif [ -d "$state/reverting" ]; then printf 'reverting\\0'
elif [ -d "$state/confirmed" ]; then printf 'confirmed\\0'
fi
`;
