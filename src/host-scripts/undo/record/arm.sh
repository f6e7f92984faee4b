# Part: `arm KIND ID GROUP SECONDS WHO SCRIPT UNIT` arms the undo; `extend SECONDS` counts anew from now.
#
# The undo needs nobody. It lives on the broker's machine: a process that waits (of systemd's, or detached), and for a
# reboot in between a unit or an init script that runs before the broker, see at-boot.sh. From here on GROUP, made ready
# in STATE/.armed/registered, is put back after SECONDS, and not before a restart has had two minutes of its own; at a
# boot before UNIT starts. All that takes is on its disk, and read back, before it is armed. A confirmation takes
# STATE/armed away, and with it all of that has no more to do.

. undo/record/uptime.sh
. undo/record/at-boot.sh
. undo/record/wait-for-it.sh
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
extend() {
  now=$(uptime)
  write "$state/armed/until.new" "$((now + $1)) $((now + $1))"
  flush "$state/armed/until.new"
  mv -f "$state/armed/until.new" "$state/armed/until"
  flush "$state/armed"
}
