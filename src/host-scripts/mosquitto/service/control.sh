# Part: `control KIND VERB UNIT` tells the service by its own tools; KIND is `systemd` or `sysv`.
#
# An earlier failure may have used up systemd's start limit: that is reset. A start that its unit gives no limit is given
# one: it would wait for ever for a broker that does not say that it is ready. Nor is a tool waited for that hangs. A
# SysV script returns before the broker listens, and so does systemd where the broker does not tell it when that is: the
# broker is waited for. When it fails, it prints what was said about this attempt, and nothing older: by the tools, in
# the journal, and in Debian's log file. It fails with 124 when its tool did not end in time, else with 1.

. mosquitto/service/process.sh
. mosquitto/service/comes-up.sh
control() (
  log=/var/log/mosquitto/mosquitto.log
  since=$(date +%s.%N)
  size=$(stat -c %s "$log" 2>/dev/null || echo 0)
  said='' came=1
  case $1 in
    systemd)
      timeout -k 5 30 systemctl reset-failed "$3" 2>/dev/null || :
      came=0
      said=$(timeout -k 5 100 systemctl "$2" "$3" 2>&1) || came=$?
      if [ $came = 0 ]; then
        [ "$2" != stop ] || exit 0
        case $(timeout -k 5 30 systemctl show "$3" -p Type 2>/dev/null || :) in Type=notify*) exit 0 ;; esac
        # shellcheck disable=SC2310 # It only answers.
        ! comes_up "$3" || exit 0
      fi
      ;;
    sysv)
      # Not kept: what it starts would hold our end of a pipe open.
      came=0
      timeout -k 5 100 service mosquitto "$2" >/dev/null 2>&1 || came=$?
      if [ $came = 0 ]; then
        [ "$2" != stop ] || exit 0
        # shellcheck disable=SC2310 # It only answers.
        ! comes_up '' || exit 0
      fi
      ;;
  esac
  case $came in
    124 | 137)
      doing=''
      [ "$1" != systemd ] || doing=$(timeout -k 5 30 systemctl is-active "$3" 2>/dev/null || :)
      case $1:$doing in
        # In systemd's own words, for what ended it is our limit.
        systemd:activating) said="$3: start operation timed out." ;;
        systemd:*) said='systemctl did not end in time.' ;;
        *) said='service did not end in time.' ;;
      esac
      ;;
  esac
  {
    printf '%s\n' "$said"
    timeout -k 5 20 journalctl -q -u "$3" --since "@$since" -n 200 -o cat --no-pager || :
    tail -c "+$((size + 1))" "$log" | tail -n 200 || :
  } 2>/dev/null | cut -c 1-500
  case $came in 124 | 137) exit 124 ;; esac
  exit 1
) 9>&-
