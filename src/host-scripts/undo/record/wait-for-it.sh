# Part: `wait_for_it KIND NAME` starts who waits until what is armed is due, and puts it back then.
#
# Who waits is started again however it is ended, also by what systemd takes for a clean end (HUP, INT, PIPE, TERM:
# systemd.service(5)), and ended when it may hang; a put-back that did not come to its end is tried again. It is at rest
# when nothing is armed (0), when the broker does not start with what is back (4), or when its script, which goes last,
# is gone.
# Exit 20 nobody-waits: nobody could be started who waits to put it back.

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
      # As soon as it is the one that waits, it leads a session of its own.
      turn=0 session=
      until { read -r _ _ _ _ _ session _ <"/proc/$!/stat"; } 2>/dev/null && [ "$session" = $! ]; do
        turn=$((turn + 1))
        [ $turn -le 50 ] || { echo "The process that waits did not begin." >&2; exit 20; }
        sleep 0.1
      done
      ;;
  esac
} 9>&-
