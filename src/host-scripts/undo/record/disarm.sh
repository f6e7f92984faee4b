# Part: `disarm KIND` takes away what `arm` has put on the machine besides STATE; who waits finds nothing to wait for.

disarm() {
  case $1 in
    systemd) rm -f /etc/systemd/system/multi-user.target.wants/mqtt-lockstep-undo.service /etc/systemd/system/mqtt-lockstep-undo.service ;;
    sysv)
      rm -f /etc/init.d/mqtt-lockstep-undo
      timeout -k 5 30 update-rc.d mqtt-lockstep-undo remove >/dev/null 2>&1 || :
      ;;
  esac
  rm -f "$state/put-back" "$state/.put-back"
}
