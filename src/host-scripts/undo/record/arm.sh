# Part: `arm KIND ID GROUP SECONDS WHO SCRIPT UNIT` arms the undo; `extend SECONDS` counts anew from now.
#
# The undo needs nobody. It lives on the broker's machine: a process that waits (of systemd's, or detached), and for a
# reboot in between a unit or an init script that runs before the broker, see at-boot.sh. From here on GROUP, made ready
# in STATE/.armed/registered, is put back after SECONDS, and not before a restart has had two minutes of its own; at a
# boot before UNIT starts. All that takes is on its disk, and read back, before it is armed. A confirmation takes
# STATE/armed away, and with it all of that has no more to do.
# Exit 20 nobody-waits: nobody could be started who waits to put it back.

. undo/record/uptime.sh
. undo/record/at-boot.sh
arm() {
  now=$(uptime)
  boot=$(cat /proc/sys/kernel/random/boot_id)
  write "$state/.armed/id" "$2"
  write "$state/.armed/until" "$((now + $4 + 120)) $((now + $4 + 120))"
  write "$state/.armed/who" "$5"
  write "$state/.armed/boot" "$boot"
  write "$state/.put-back" "$6"
  flush "$state/.armed/id" "$state/.armed/until" "$state/.armed/who" "$state/.armed/boot" "$state/.armed" "$state/.put-back"
  mv -f "$state/.put-back" "$state/put-back"
  at_boot "$1" "$7" "$state/.armed/registered/$3"
  # Before it is armed: cut off in between, something would be armed, and nobody would wait.
  wait_for_it "$1" "$2"
  flush "$state"
  mv -T "$state/.armed" "$state/armed"
  flush "$state"
}
# Whoever waits is started again however it is ended, also by what systemd takes for a clean end (HUP, INT, PIPE, TERM:
# systemd.service(5)), and ended when it may hang; a put-back that did not come to its end is tried again. It is at rest
# when nothing is armed (0), when the broker does not start with what is back (4), or when its script, which goes last, is
# gone. Where nobody is started, that ends it all with 20.
wait_for_it() {
  set -- "$1" "$2" /bin/sh "$state/put-back" "$state" timer "$1" waiting
  case $1 in
    systemd)
      shift
      timer=mqtt-lockstep-undo-$1
      shift
      # Without anything that a shell reads: of that not all of it comes back when systemd reads its units again. And a
      # condition of the unit, in place of one of its commands, is not looked at when it is started again.
      came=0
      timeout -k 5 30 systemd-run --quiet --collect --unit="$timer" -p Type=exec -p Restart=always -p RestartSec=5 \
        -p 'RestartPreventExitStatus=0 4' -p ExecCondition="/usr/bin/test -e $state/put-back" \
        -p StartLimitIntervalSec=0 -p RuntimeMaxSec=400 "$@" || came=$?
      [ $came != 0 ] || timeout -k 5 30 systemctl is-active --quiet "$timer" || came=$?
      case $came in
        0) ;;
        124 | 137) echo "systemd did not answer within 30 seconds." >&2; exit 20 ;;
        *) echo "systemd did not start $timer." >&2; exit 20 ;;
      esac
      ;;
    sysv)
      shift 2
      # shellcheck disable=SC2016
      setsid sh -c 'trap : HUP INT QUIT PIPE ALRM TERM USR1 USR2
        until [ ! -e "$2" ] || timeout -s KILL 400 "$@" || [ $? = 4 ]; do sleep 5; done' lockstep "$@" </dev/null >/dev/null 2>&1 &
      kill -0 $! || { echo "The process that waits ended at once." >&2; exit 20; }
      ;;
  esac
} 9>&-
extend() {
  now=$(uptime)
  write "$state/armed/until.new" "$((now + $1)) $((now + $1))"
  flush "$state/armed/until.new"
  mv -f "$state/armed/until.new" "$state/armed/until"
  flush "$state/armed"
}
