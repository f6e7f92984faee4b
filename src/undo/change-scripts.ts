import { renameOver } from '../host/scripts.ts';
import { arm, disarm } from './arm.ts';
import { keep } from './keep-script.ts';
import { alone, arrive, begin, control, openState, ours, uptime } from './shell.ts';

/**
 * Runs `$1` (a script) with the other arguments and our standard input, out of reach of whatever may
 * end us: a connection that breaks must not stop a change half-way.
 */
export const detachedScript = `
exec 3<&0
setsid sh -c "$@" <&3 3<&- &
wait $!
`;

/** What a file is now, in the terms of what is expected: SHA-256, `absent`, or `other`. */
const present = `
present() {
  if [ -f "$1" ]; then sha256sum <"$1" | cut -c 1-64
  elif [ -L "$1" ] || [ -e "$1" ]; then echo other
  else echo absent
  fi
}
say() { printf '%s %s\\0' "$1" "$2" || :; }
`;

/**
 * Reads lines of tab-parted fields into numbered folders below `work`, up to the line `end`: a connection
 * that is cut must not make a shorter list of it. `item N` gives them back.
 */
export const receive = `
count=0 ended=
rm -rf "$work"
mkdir "$work"
while IFS='	' read -r what path one two sum data; do
  if [ "$what" = end ]; then ended=yes; break; fi
  count=$((count + 1))
  mkdir "$work/$count"
  for field in what path one two sum; do eval "printf '%s' \\"\\$$field\\"" >"$work/$count/$field"; done
  printf '%s' "$data" | base64 -d >"$work/$count/data"
done
[ -n "$ended" ] || { echo "The connection ended before all had come." >&2; exit 1; }
item() {
  for field in what path one two sum; do eval "$field=\\$(cat \\"$work/$1/$field\\")"; done
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
  # Plain, a failing exec would end the shell before anything could be put back.
  command exec 4>"$1" || return 1
  set +C
  cat "$data" >&4 || return 1
  [ "$two" = - ] || chown -- "$two" /proc/self/fd/4 || return 1
  chmod -- "$one" /proc/self/fd/4 || return 1
  exec 4>&-
}
`;

/**
 * STATE RUNTIME TOKEN KIND SECONDS SERVICE WHO ID PUT-BACK, and on standard input a line for each change:
 *
 *   file PATH MODE OWNER SUM BASE64      SUM: the SHA-256 of what is there now, or `absent`
 *   link PATH TARGET - -                 a symbolic link
 *   end
 *
 * Changes nothing unless all is as it was shown. Registers, arms the undo, writes, switches, restarts; and
 * puts back at once what does not come off. Exit status: 0 it waits for its proof; 10 another change waits;
 * 11 the lock is not ours any more; 12 something is not as shown; 14 the broker did not start, or 13
 * something else failed, and it was put back; 15 nor could that be done; else nothing was changed.
 */
export const changeScript = `${begin}${control}${keep}${arm}${present}${renameOver}
trap '' HUP PIPE
runtime=$1 token=$2 kind=$3 seconds=$4 service=$5 who=$6 id=$7 script=$8
${openState}${arrive}${alone}
[ ! -e "$state/armed" ] && [ ! -e "$state/reverting" ] || exit 10
${ours}
work=$state/.change
${receive}${place}
next_group harden
new_name() { new=\${path%/*}/.lockstep-$group-$1; }
set -- harden "$service" 0
turn=0
while [ $turn -lt $count ]; do
  turn=$((turn + 1))
  item $turn
  new_name $turn
  if [ "$what" = file ] && [ "$(present "$path")" != "$sum" ]; then
    say differs "$path"
    [ ! -f "$path" ] || say present "$(head -c 65536 -- "$path" | base64 -w 0)"
    exit 12
  fi
  set -- "$@" "$path" "$new"
done
keep "$@"
put_back() {
  exec 9>&-
  if [ ! -d "$state/armed" ]; then
    rm -rf "$state/.armed"
    mkdir -p "$state/reverting"
    printf '%s' "$group" >"$state/reverting/group"
  fi
  sh -c "$script" lockstep "$state" now "$kind" waiting || exit 15
  exit "$1"
}
stage() {
  [ -d "\${path%/*}" ] || (umask 022 && mkdir -p -- "\${path%/*}") || return 1
  if [ "$what" = link ]; then ln -s -- "$one" "$new"; else place "$new"; fi
}
switch() { rename_over "$new" "$path"; }
each() {
  turn=0
  while [ $turn -lt $count ]; do
    turn=$((turn + 1))
    item $turn
    new_name $turn
    "$1" || return 1
  done
}
arm "$kind" "$id" "$group" "$seconds" "$who" "$script" || put_back 13
each stage || put_back 13
sync -f "$journal" 2>/dev/null || sync
: >"$state/armed/written"
each switch || put_back 13
sync -f "\${path%/*}" 2>/dev/null || sync
rm -rf "$work"
if [ "$kind" != none ]; then
  said=$(control "$kind" restart) || { say unstarted "$said"; put_back 14; }
fi
extend "$seconds" || put_back 13
say group "$group"
`;

/**
 * STATE KIND ID FOLDER: the proof has passed; the undo is taken back. Of the releases in FOLDER the one in
 * use stays, and one before it. Exit status 10: too late, it was put back.
 */
export const confirmScript = `${begin}
kind=$1 id=$2 folder=$3
${openState}${alone}${disarm}
[ "$(cat "$state/armed/id" 2>/dev/null)" = "$id" ] || exit 10
rm -rf "$state/.confirmed"
mv -T "$state/armed" "$state/.confirmed"
rm -rf "$state/.confirmed"
disarm "$kind"
now=$(readlink "$folder/current" || :)
older=0
for release in $(ls -r "$folder" 2>/dev/null | grep -xE 'release-[0-9]{4}'); do
  if [ "$release" = "$now" ] || [ ! -d "$folder/$release" ] || [ -L "$folder/$release" ]; then continue; fi
  older=$((older + 1))
  [ $older -le 1 ] || rm -rf -- "\${folder:?}/$release"
done
sync
`;

/**
 * STATE ID SECONDS: somebody is there to prove the change, and has so much time at least. Exit status 10: too
 * late, it was put back, or a reboot has come in between.
 */
export const holdScript = `${begin}${arm}
id=$1 seconds=$2
${openState}${alone}
[ "$(cat "$state/armed/id" 2>/dev/null)" = "$id" ] || exit 10
[ "$(cat "$state/armed/boot")" = "$(cat /proc/sys/kernel/random/boot_id)" ] || exit 10
[ "$(($(cat "$state/armed/until") - $(uptime)))" -ge "$seconds" ] || extend "$seconds"
`;

/**
 * STATE: what waits. Fields, each ended by NUL: id, group, who, seconds left, `this` or `another` boot; or
 * `reverting`, when putting back has begun and has not come to its end; nothing when nothing waits.
 */
export const waitingScript = `${begin}${uptime}
# A change whose program has died may still be under way there: what comes of it is what counts.
if [ -f "$state/busy" ]; then
  exec 9<"$state/busy"
  flock -w 100 9 || :
fi
if [ -d "$state/armed" ]; then
  boot=another
  [ "$(cat "$state/armed/boot")" != "$(cat /proc/sys/kernel/random/boot_id)" ] || boot=this
  left=$(($(cat "$state/armed/until") - $(uptime)))
  printf '%s\\0' "$(cat "$state/armed/id")" "$(cat "$state/armed/group")" "$(cat "$state/armed/who")" "$left" "$boot"
elif [ -d "$state/reverting" ]; then printf 'reverting\\0'
fi
`;
