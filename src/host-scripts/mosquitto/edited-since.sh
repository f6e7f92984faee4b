# Tells which files were changed after the running broker was started.
#
# The age of the process holds also where the clock was set since. Of a file the time of any change counts, of a folder
# that of its names: what was kept beside its files until a change was proved goes later than the broker starts, and
# leaves the folder's time as it was.
# Arguments: UNIT (or nothing) PATH...
# Output: a path a line.

. mosquitto/service/process.sh
pid=$(service_process "$1") && age=$(ps -o etimes= -p "$pid" | tr -d ' ') && now=$(date +%s) || exit 0
shift
for path do
  time=c
  [ ! -d "$path" ] || time=m
  find "$path" -maxdepth 0 -newer"$time"t "@$((now - age + 1))" ! -newer"$time"t "@$((now + 1))" -printf '%p\n' 2>/dev/null
done
true
