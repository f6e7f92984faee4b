import { brokerProcess } from './process.ts';

/**
 * A shell function, `control KIND VERB`: the service by its own tools, KIND being `systemd` or `sysv`.
 * When that fails, it prints what was said about this attempt, and nothing older: by the tools, in the
 * journal, and in Debian's log file. An earlier failure may have used up systemd's start limit. SysV scripts
 * return before the broker listens: wait until the process is there, and has stayed for a second.
 */
export const control = `${brokerProcess}
control() (
  log=/var/log/mosquitto/mosquitto.log
  since=$(date +%s.%N) size=$(stat -c %s "$log" 2>/dev/null || echo 0) said=
  case $1 in
    systemd)
      systemctl reset-failed mosquitto.service 2>/dev/null || :
      ! said=$(systemctl "$2" mosquitto.service 2>&1) || exit 0
      ;;
    sysv)
      # Not kept: what it starts would hold our end of a pipe open.
      if service mosquitto "$2" >/dev/null 2>&1; then
        [ "$2" != stop ] || exit 0
        turn=0
        while [ $turn -lt 50 ]; do
          pid=$(broker_process) && [ "$(ps -o etimes= -p "$pid" | tr -d ' ')" -ge 1 ] && exit 0
          turn=$((turn + 1))
          sleep 0.1
        done
      fi
      ;;
  esac
  {
    printf '%s\\n' "$said"
    journalctl -q -u mosquitto.service --since "@$since" -n 200 -o cat --no-pager || :
    tail -c "+$((size + 1))" "$log" | tail -n 200 || :
  } 2>/dev/null | cut -c 1-500
  exit 1
) 9>&-
`;
