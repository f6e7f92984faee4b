import { uptime } from './shell.ts';

// The undo that needs nobody. It is armed before anything is touched and lives on the broker's host: a
// process that waits (of systemd's, or detached), and for a reboot in between a unit or an init script that
// runs before the broker. A confirmation takes STATE/armed away, and with it all of that has no more to do.

const name = 'mqtt-lockstep-undo';
const units = '/etc/systemd/system';
const wants = `${units}/multi-user.target.wants`;

/** What runs at boot, ordered by `Before=` and X-Start-Before, so that the broker starts with what is proved. */
const unit = `[Unit]
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
`;

const sysvInit = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          ${name}
# Required-Start:    \\$remote_fs
# Required-Stop:
# X-Start-Before:    mosquitto
# Default-Start:     2 3 4 5
# Default-Stop:
# Short-Description: put back a change to Mosquitto that was not proved (Lockstep)
### END INIT INFO
[ "\\$1" != start ] || exec timeout -s KILL 300 /bin/sh $state/put-back $state boot sysv waiting
`;

/** `at_boot KIND UNIT GROUP...`: at a boot what is armed, or was begun, is put back before UNIT starts. */
export const atBoot = `
# Where the files are that would be put back; a name that a unit file takes for more is left out.
at_boot() {
  telling=$1 broker=$2 folders=
  shift 2
  for from do
    for one in "$from"/*/path; do
      folder=$(cat "$one")
      folder=\${folder%/*}
      case $folder in '' | *[!A-Za-z0-9_.,:@+=/-]*) ;; *) folders="$folders $folder" ;; esac
    done
  done
  case $telling in
    systemd)
      (umask 022; mkdir -p ${wants})
      write ${units}/${name}.service "${escaped(unit)}"
      chmod 0644 ${units}/${name}.service
      ln -sfn ../${name}.service ${wants}/${name}.service
      link=$(readlink ${wants}/${name}.service)
      [ "$link" = ../${name}.service ] || { echo "${wants}/${name}.service could not be made." >&2; return 1; }
      flush ${units}/${name}.service ${units} ${wants}
      ;;
    sysv)
      write /etc/init.d/${name} "${escaped(sysvInit)}"
      chmod 0755 /etc/init.d/${name}
      timeout -k 5 30 update-rc.d ${name} defaults
      set -- /etc/rc2.d/S[0-9][0-9]${name}
      [ -x "$1" ] || { echo "/etc/rc2.d does not start ${name}." >&2; return 1; }
      flush /etc/init.d/${name} /etc/init.d /etc/rc2.d
      ;;
  esac
}
`;

/**
 * `time_left` sets `left`, the seconds until what is armed is due. One that cannot be read, or is further away than any
 * that is given, is due: the number stands there twice, so that one that is damaged is not another one. (A shell takes
 * one that begins with 0 for octal, and ends at 09.)
 */
export const timeLeft = `
time_left() {
  left=0
  now=$(uptime)
  twice=$(cat "$state/armed/until" 2>/dev/null || :)
  case $twice in
    *' '*' '* | *[!0-9' ']* | 0?* | ??????????*' '* | ' '* | *' ') return 0 ;;
    *' '*) ;;
    *) return 0 ;;
  esac
  [ "\${twice% *}" = "\${twice#* }" ] || return 0
  left=$((\${twice% *} - now))
  [ "$left" -le 7200 ] || left=0
}
`;

/**
 * `arm KIND ID GROUP SECONDS WHO SCRIPT UNIT`: from here on GROUP, made ready in STATE/.armed/registered, is put back
 * after SECONDS, and not before a restart has had two minutes of its own; at a boot before UNIT starts. All that takes
 * is on its disk, and read back, before it is armed. `extend SECONDS`: counts anew from now.
 */
export const arm = `${uptime}${atBoot}
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
      timer=${name}-$1
      shift
      # Without anything that a shell reads: of that not all of it comes back when systemd reads its units again. And a
      # condition of the unit, in place of one of its commands, is not looked at when it is started again.
      came=0
      timeout -k 5 30 systemd-run --quiet --collect --unit="$timer" -p Type=exec -p Restart=always -p RestartSec=5 \\
        -p 'RestartPreventExitStatus=0 4' -p ExecCondition="/usr/bin/test -e $state/put-back" \\
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
`;

/** In double quotes of a shell. */
function escaped(text: string): string {
  return text.replaceAll('"', '\\"');
}

/** `disarm KIND`: what `arm` has put on the host besides STATE goes; who waits finds nothing to wait for. */
export const disarm = `
disarm() {
  case $1 in
    systemd) rm -f ${wants}/${name}.service ${units}/${name}.service ;;
    sysv)
      rm -f /etc/init.d/${name}
      timeout -k 5 30 update-rc.d ${name} remove >/dev/null 2>&1 || :
      ;;
  esac
  rm -f "$state/put-back" "$state/.put-back"
}
`;
