import { uptime } from './shell.ts';

// The undo that needs nobody. It is armed before anything is touched and lives on the broker's host: a
// process that waits (of systemd's, or detached), and for a reboot in between a unit or an init script that
// runs before the broker. A confirmation takes STATE/armed away, and with it all of that has no more to do.

const name = 'mqtt-lockstep-undo';

/** What runs at boot, ordered by `Before=` and X-Start-Before, so that the broker starts with what is proved. */
const unit = `[Unit]
Description=Put back a change to Mosquitto that was not proved (Lockstep)
Before=$unit
RequiresMountsFor=$state $folders
ConditionPathExists=|$state/armed
ConditionPathExists=|$state/reverting

[Service]
Type=oneshot
ExecStart=/bin/sh $state/put-back $state boot systemd waiting
`;

const initScript = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          ${name}
# Required-Start:    \\$remote_fs
# Required-Stop:
# X-Start-Before:    mosquitto
# Default-Start:     2 3 4 5
# Default-Stop:
# Short-Description: put back a change to Mosquitto that was not proved (Lockstep)
### END INIT INFO
[ "\\$1" != start ] || exec /bin/sh $state/put-back $state boot sysv waiting
`;

/**
 * `arm KIND ID GROUP SECONDS WHO SCRIPT UNIT`: from here on GROUP is put back after SECONDS, and not before a
 * restart has had two minutes of its own; at a boot before UNIT starts. `extend SECONDS`: counts anew from now.
 */
export const arm = `${uptime}
arm() {
  rm -rf "$state/.armed"
  mkdir "$state/.armed"
  printf '%s' "$2" >"$state/.armed/id"
  printf '%s' "$3" >"$state/.armed/group"
  printf '%s' "$(($(uptime) + $4 + 120))" >"$state/.armed/until"
  printf '%s' "$5" >"$state/.armed/who"
  cat /proc/sys/kernel/random/boot_id >"$state/.armed/boot"
  printf '%s' "$6" >"$state/.armed/put-back"
  mv -f "$state/.armed/put-back" "$state/put-back"
  at_boot "$1" "$7" "$3"
  sync -f "$state" 2>/dev/null || sync
  mv -T "$state/.armed" "$state/armed"
  sync -f "$state" 2>/dev/null || sync
  set -- "$1" "$2" /bin/sh "$state/put-back" "$state" timer "$1" waiting "$2"
  case $1 in
    systemd) shift; id=$1; shift; systemd-run --quiet --collect --unit="${name}-$id" "$@" ;;
    sysv) shift 2; setsid "$@" </dev/null >/dev/null 2>&1 & ;;
  esac
} 9>&-
at_boot() {
  unit=$2
  # Where the files are that would be put back; a name that a unit file takes for more is left out.
  folders=$(for path in "$journal/$3"/*/path; do cat "$path"; echo; done |
    sed 's,/[^/]*$,,' | grep -xE '[A-Za-z0-9_.,:@+=/-]+' | sort -u | tr '\\n' ' ')
  case $1 in
    systemd)
      wants=/etc/systemd/system/multi-user.target.wants
      mkdir -p -m 0755 "$wants"
      cat >/etc/systemd/system/${name}.service <<UNIT
${unit}UNIT
      chmod 0644 /etc/systemd/system/${name}.service
      ln -sfn ../${name}.service "$wants/${name}.service"
      ;;
    sysv)
      cat >/etc/init.d/${name} <<INIT
${initScript}INIT
      chmod 0755 /etc/init.d/${name}
      update-rc.d ${name} defaults
      ;;
  esac
}
extend() {
  printf '%s' "$(($(uptime) + $1))" >"$state/armed/until.new"
  mv -f "$state/armed/until.new" "$state/armed/until"
}
`;

/** `disarm KIND`: what `arm` has put on the host besides STATE goes; who waits finds nothing to wait for. */
export const disarm = `
disarm() {
  case $1 in
    systemd)
      rm -f /etc/systemd/system/multi-user.target.wants/${name}.service /etc/systemd/system/${name}.service
      ;;
    sysv)
      rm -f /etc/init.d/${name}
      update-rc.d ${name} remove >/dev/null 2>&1 || :
      ;;
  esac
  rm -f "$state/put-back"
}
`;
