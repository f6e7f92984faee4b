# Tells which brokers there are, and how each was started. Without root.
#
# The program of a process (`exe`) is shown to root alone; others see the arguments, which the broker's user could forge.
# The trial starts it as root: it counts only where root alone can have put it there, or the unit names the same.
# Arguments: UNIT (one that is asked for, or nothing)
# Output: lines `NAME<tab>VALUE`: for every broker `broker UNIT` (nothing: found without systemd), what its unit says as
#   `unit.PROPERTY`, what its process shows, who it may run as with number and own group, the program and what that says
#   of its version. For every one that is no service of the machine's: `stray GROUP` and, of one that is to be believed,
#   its `argv`. Last, names and addresses, and where anything listens.

PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin
set -f
. mosquitto/service/process.sh
field() { printf '%s\t%s\n' "$1" "$2"; }
argv() { tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null; }
of_root() (
  one=$(readlink -f -- "$1") && [ -f "$one" ] || exit 1
  while :; do
    facts=$(stat -c '%u %a' -- "$one")
    case $facts in '0 '*[2367]) exit 1 ;; '0 '*) ;; *) exit 1 ;; esac
    [ "$one" != / ] || exit 0
    one=${one%/*}
    one=${one:-/}
  done
)
program_of() {
  exe=$(readlink "/proc/${1:-none}/exe" 2>/dev/null)
  first=$(argv "${1:-none}" | head -n 1)
  path=$(command -v mosquitto)
  for one in "${exe% (deleted)}" "$first" "$2" "$path" /usr/sbin/mosquitto /usr/local/sbin/mosquitto; do
    case $one in */mosquitto*) ;; *) continue ;; esac
    [ -x "$one" ] && { [ "$one" = "$2" ] || of_root "$one"; } && printf '%s\n' "$one" && return
  done
  # In a user namespace nothing is root's, and there is no trial either.
  owner=$(stat -c %u /)
  [ "$owner" = 0 ] || printf '%s\n' "$path"
}
tell() {
  field broker "$1"
  [ -z "$3" ] || printf '%s\n' "$3" | sed 's/^/unit./; s/=/\t/'
  user= owned=$(printf '%s\n' "$3" | sed -n 's/^User=//p')
  if [ -n "$2" ]; then
    user=$(ps -o user:64= -p "$2" 2>/dev/null)
    group=$(ps -o group:64= -p "$2" 2>/dev/null)
    cwd=$(readlink "/proc/$2/cwd" 2>/dev/null)
    exe=$(readlink "/proc/$2/exe" 2>/dev/null)
    field user "$user"
    field group "$group"
    field cwd "$cwd"
    field exe "$exe"
    argv "$2" | while IFS= read -r word; do field argv "$word"; done
  fi
  for name in mosquitto $user $owned; do
    number=$(id -u -- "$name" 2>/dev/null)
    group=$(id -gn -- "$name" 2>/dev/null)
    field account "$name $number $group"
  done
  started=$(printf '%s\n' "$3" | sed -n 's/^ExecStart={ path=\([^ ;]*\) .*/\1/p' | head -n 1)
  program=$(program_of "$2" "$started")
  field program "$program"
  [ -n "$program" ] || return 0
  version=$("$program" -h 2>/dev/null | head -n 1)
  field version "$version"
}
show() {
  systemctl show "$1" -p Id -p LoadState -p UnitFileState -p ActiveState -p SubState -p MainPID -p ExecStart \
    -p User -p DynamicUser -p RootDirectory -p RootImage -p TemporaryFileSystem -p InaccessiblePaths \
    -p BindPaths -p BindReadOnlyPaths -p ProtectHome -p WorkingDirectory 2>/dev/null
}
# A service that starts just now is waited for, for five seconds.
settled() {
  turn=0
  while shown=$(show "$1"); do
    case $shown in *ActiveState=activating*) ;; *) break ;; esac
    turn=$((turn + 1))
    [ $turn -le 10 ] || break
    sleep 0.5
  done
}
field reached "${SSH_CONNECTION:-}"
[ -x /etc/init.d/mosquitto ] && field sysv yes
if [ -d /run/systemd/system ]; then
  field systemd yes
  units="mosquitto.service $1" strays=
  for pid in $(pgrep -x mosquitto 2>/dev/null); do
    unit=$(unit_of "$pid")
    # One that has ended meanwhile is no stray: its service may be at its next attempt to start.
    [ -n "$unit" ] || [ -d "/proc/$pid" ] || continue
    if [ -n "$unit" ]; then units="$units $unit"; else strays="$strays $pid"; fi
  done
  # Also those that do not run now; one that systemd does not need at the moment is not loaded.
  enabled=$(find /etc/systemd/system -path '*.wants/*.service' -printf '%f\n' 2>/dev/null |
    grep -E '^[A-Za-z0-9_][A-Za-z0-9_@.-]*$' | sort -u | head -n 300)
  units="$units $(systemctl show '*.service' $enabled -p Id -p ExecStart 2>/dev/null |
    awk -v RS= '/[=][{] path=[^ ;]*[/]mosquitto ;|argv\[\]=[^;]*snap run mosquitto/' |
    sed -n -E 's/^Id=([A-Za-z0-9_][A-Za-z0-9_@.:\\-]*[.]service)$/\1/p')"
  for unit in $(printf '%s\n' $units | sort -u); do
    settled "$unit"
    pid=$(service_process "$unit")
    # What runs in a container that the unit starts is nothing that the unit's own process tells of.
    for stray in $strays; do
      case $(group_of "$stray") in *"/$unit/"*) pid= ;; esac
    done
    tell "$unit" "$pid" "$shown"
  done
  for pid in $strays; do
    group=$(group_of "$pid")
    field stray "$group"
    ! is_own "$pid" || argv "$pid" | while IFS= read -r word; do field argv "$word"; done
  done
else
  pid=$(broker_process)
  tell '' "$pid" ''
fi
. host/names.sh
true
