# Part: the processes of brokers.
#
# `group_unit PID` prints the service of the machine's own systemd that a process belongs to: below slices alone its
# control group has the name (systemd.unit(5)), and nobody but root can move a process there. It prints nothing for one
# in a container, of a user's own services, or started by hand.
#
# `unit_of PID` does the same where that is the broker's own service. What cron or rc.local has started is in theirs:
# restarting that would restart the broker not at all, or something else, too. The main process must be the broker, or a
# shell that started it.
#
# `service_process UNIT` prints the broker's process in that service: also where systemd knows no main one (between two
# attempts to start, with GuessMainPID=no), or where that is a script that started it. Without a UNIT, where systemd has
# none: `broker_process`. Any local user can start something called mosquitto, with any arguments: there only what runs
# as root or as the broker's own user counts (`is_own PID`), or root would read and write where that user points.

group_of() {
  sed -n -e 's/^0:://p' -e 's/^[0-9]*:name=systemd://p' "/proc/$1/cgroup" 2>/dev/null | grep -vx / | head -n 1
}
group_unit() {
  # In a container that is a machine of its own, all groups are below that of its init.
  above=$(group_of 1)
  group=$(group_of "$1")
  printf '%s\n' "${group#"${above%/init.scope}"}" |
    sed -n -E 's#^(/[^/]+[.]slice)*/([A-Za-z0-9_][A-Za-z0-9_@.:\\-]*[.]service)$#\2#p'
}
unit_of() (
  unit=$(group_unit "$1")
  [ -n "$unit" ] && [ "$unit" != rc-local.service ] || exit 1
  main=$(systemctl show "$unit" -p MainPID 2>/dev/null | cut -d= -f2)
  if [ "${main:-0}" = 0 ]; then
    systemctl show "$unit" -p ExecStart 2>/dev/null | grep -q mosquitto || exit 1
  elif [ "$main" != "$1" ] && [ "$(cat "/proc/$main/comm" || :)" != mosquitto ]; then
    shell=$(tr '\0' '\n' <"/proc/$main/cmdline" | head -n 1)
    case ${shell##*/} in sh | dash | bash | ash | busybox) ;; *) exit 1 ;; esac
  fi 2>/dev/null
  printf '%s\n' "$unit"
)
is_own() {
  named=$(awk '$1 == "user" { print $2; exit }' /etc/mosquitto/mosquitto.conf 2>/dev/null)
  own=" 0 $(id -u mosquitto 2>/dev/null || :) $(id -u -- "${named:-root}" 2>/dev/null || :) "
  uid=$(awk '/^Uid:/ { print $3 }' "/proc/$1/status" 2>/dev/null)
  case $own in *" ${uid:-none} "*) return 0 ;; *) return 1 ;; esac
}
broker_process() {
  for pid in $(pgrep -x mosquitto 2>/dev/null); do
    # shellcheck disable=SC2310 # It only answers.
    if is_own "$pid"; then echo "$pid"; return 0; fi
  done
  return 1
}
service_process() {
  if [ -z "$1" ]; then
    broker_process
    return
  fi
  for pid in $(pgrep -x mosquitto 2>/dev/null); do
    unit=$(group_unit "$pid")
    [ "$unit" != "$1" ] || { echo "$pid"; return 0; }
  done
  main=$(timeout -k 5 10 systemctl show "$1" -p MainPID 2>/dev/null | cut -d= -f2)
  [ "${main:-0}" != 0 ] && echo "$main"
}
