# Tells what waits for its proof.
#
# For a change that is under way it waits, as long as SECONDS.
# Arguments: STATE SECONDS
# Output: fields, each ended by NUL: id, group, who, seconds left, `this` or `another` boot; or `reverting`, when putting
#   back has begun and has not come to its end; `confirmed`, when a confirmation has; nothing when nothing waits. A
#   failure is none of these.

. undo/record/begin.sh
. undo/record/uptime.sh
. undo/record/time-left.sh
# A change whose program has died may still be under way there: what comes of it is what counts.
if [ -f "$state/busy" ]; then
  exec 9<"$state/busy"
  flock -w "$1" 9 9<&9 || :
fi
field() {
  value=
  if [ -f "$state/armed/$1" ]; then value=$(tr -d '\0' <"$state/armed/$1"); fi
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
  for one in "$state"/armed/registered/[0-9]*; do group=${one##*/}; done
  time_left
  which=this
  [ "$found" = "$boot" ] || which=another
  # Whatever of it cannot be read: something waits.
  printf '%s\0' "${id:-unreadable}" "$group" "$who" "$left" "$which"
elif [ -d "$state/reverting" ]; then printf 'reverting\0'
elif [ -d "$state/confirmed" ]; then printf 'confirmed\0'
fi
