# Part: `at_boot KIND UNIT GROUP...`: at a boot what is armed, or was begun, is put back before UNIT starts.
#
# `Before=` and X-Start-Before order it: the broker starts with what is proved.

# Where the files are that would be put back; a name that a unit file takes for more is left out.
at_boot() {
  telling=$1 broker=$2 folders=
  shift 2
  for from do
    for one in "$from"/*/path; do
      folder=$(cat "$one")
      folder=${folder%/*}
      case $folder in '' | *[!A-Za-z0-9_.,:@+=/-]*) ;; *) folders="$folders $folder" ;; esac
    done
  done
  case $telling in
    systemd)
      (umask 022; mkdir -p /etc/systemd/system/multi-user.target.wants)
      write /etc/systemd/system/mqtt-lockstep-undo.service "[Unit]
Description=Put back a change to Mosquitto that was not proved (Lockstep)
Before=$broker
RequiresMountsFor=$state $folders
ConditionPathExists=|$state/armed
ConditionPathExists=|$state/reverting

[Service]
Type=oneshot
ExecStart=/bin/sh $state/put-back $state boot systemd waiting
# What hangs must not keep the broker from starting for ever.
TimeoutStartSec=300
"
      chmod 0644 /etc/systemd/system/mqtt-lockstep-undo.service
      ln -sfn ../mqtt-lockstep-undo.service /etc/systemd/system/multi-user.target.wants/mqtt-lockstep-undo.service
      link=$(readlink /etc/systemd/system/multi-user.target.wants/mqtt-lockstep-undo.service)
      [ "$link" = ../mqtt-lockstep-undo.service ] || { echo "/etc/systemd/system/multi-user.target.wants/mqtt-lockstep-undo.service could not be made." >&2; return 1; }
      flush /etc/systemd/system/mqtt-lockstep-undo.service /etc/systemd/system /etc/systemd/system/multi-user.target.wants
      ;;
    sysv)
      write /etc/init.d/mqtt-lockstep-undo "#!/bin/sh
### BEGIN INIT INFO
# Provides:          mqtt-lockstep-undo
# Required-Start:    \$remote_fs
# Required-Stop:
# X-Start-Before:    mosquitto
# Default-Start:     2 3 4 5
# Default-Stop:
# Short-Description: put back a change to Mosquitto that was not proved (Lockstep)
### END INIT INFO
[ \"\$1\" != start ] || exec timeout -s KILL 300 /bin/sh $state/put-back $state boot sysv waiting
"
      chmod 0755 /etc/init.d/mqtt-lockstep-undo
      timeout -k 5 30 update-rc.d mqtt-lockstep-undo defaults
      set -- /etc/rc2.d/S[0-9][0-9]mqtt-lockstep-undo
      [ -x "$1" ] || { echo "/etc/rc2.d does not start mqtt-lockstep-undo." >&2; return 1; }
      flush /etc/init.d/mqtt-lockstep-undo /etc/init.d /etc/rc2.d
      ;;
  esac
}
