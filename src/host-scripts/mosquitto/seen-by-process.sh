# Tells whether the broker's process sees the machine's files.
#
# Arguments: UNIT (or nothing) PROGRAM PATH...
# Output: a line: the process's program, where that is another Mosquitto; then what is there for the machine, and
#   something else or nothing for that process.

. mosquitto/service/process.sh
pid=$(service_process "$1") program=$2
shift 2
[ -n "$pid" ] && [ -d "/proc/$pid/root/" ] || exit 0
exe=$(readlink "/proc/$pid/exe")
case ${exe% (deleted)} in
  "$program" | "$(readlink -f -- "$program")") echo ;;
  */mosquitto*) printf '%s\n' "$exe" ;;
  *) echo ;;
esac
for path do
  [ -e "$path" ] || continue
  here=$(stat -L -c %d:%i -- "$path")
  there=$(stat -L -c %d:%i -- "/proc/$pid/root$path" 2>/dev/null)
  [ "$here" = "$there" ] || printf '%s\n' "$path"
done
