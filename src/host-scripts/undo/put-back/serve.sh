# Part: `serve WAS UNIT` has a service as it was, and says what told it, or that it could not be told.
#
# It sets `unserved` where the service is not as it was, and `untold` where nobody there took the order in time, so that
# it has to be given again.

. undo/put-back/settled.sh
serve() {
  began=$(uptime)
  case $how:$kind in
    boot:*)
      say served "$1"
      settled "$2"
      return 0
      ;;
    *:none)
      say service "$1"
      return 0
      ;;
  esac
  order=restart
  [ "$1" != inactive ] || order=stop
  # Once was seen not to be enough, while systemd was starting a broken configuration again and again.
  turn=1 most=3
  [ "$how" != due ] || most=5
  while :; do
    set +e
    said=$(control "$kind" "$order" "$2")
    code=$?
    # What does not run is stopped, whatever became of the order: its unit may be gone.
    if [ $code != 0 ] && [ $order = stop ]; then
      doing='' service=''
      if [ "$kind" = systemd ]; then
        service=$2
        doing=$(timeout -k 5 30 systemctl is-active "$2" 2>/dev/null)
      fi
      pid=$(service_process "$service")
      case $pid:$doing in : | :inactive | :failed | :unknown) code=0 ;; esac
    fi
    set -e
    [ $code != 0 ] || break
    now=$(uptime)
    # A start that ran out of its time would do so again.
    if [ $turn -ge $most ] || [ $((now - began)) -ge 60 ]; then
      unserved=yes
      if [ $code = 124 ]; then
        doing=$(timeout -k 5 30 systemctl is-active "$2" 2>/dev/null || :)
        case $doing in *activating) ;; *) untold=yes ;; esac
      fi
      say unserved "$1"
      say because "$said"
      return 0
    fi
    turn=$((turn + 1))
    sleep 2
  done
  say served "$1"
  settled "$2"
}
