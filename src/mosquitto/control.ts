import { brokerProcess } from './process.ts';

/**
 * A shell function, `control KIND VERB`: the service by its own tools, KIND being `systemd` or `sysv`. An
 * earlier failure may have used up systemd's start limit. SysV scripts return before the broker listens:
 * wait until the process is there, and has stayed for a second.
 */
export const control = `${brokerProcess}
control() {
  case $1 in
    systemd)
      systemctl reset-failed mosquitto.service 2>/dev/null || :
      systemctl "$2" mosquitto.service
      ;;
    sysv)
      service mosquitto "$2" || return 1
      [ "$2" != stop ] || return 0
      turn=0
      while [ $turn -lt 50 ]; do
        pid=$(broker_process) && [ "$(ps -o etimes= -p "$pid" | tr -d ' ')" -ge 1 ] && return 0
        turn=$((turn + 1))
        sleep 0.1
      done
      return 1
      ;;
    *) return 1 ;;
  esac
} 9>&-
`;
