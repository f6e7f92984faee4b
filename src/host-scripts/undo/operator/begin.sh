# Part: who works on this broker.
#
# RUNTIME/operator/{token,home,who,from,since,beat}, in a folder that a reboot empties: it ends every session. Times are
# those of the machine since its boot, so that a clock that is set plays no part.

set -eu
umask 077
LC_ALL=C
export LC_ALL
runtime=$1
operator=$runtime/operator
uptime() { cut -d . -f 1 /proc/uptime; }
field() { head -c 200 "$operator/$1" 2>/dev/null | tr -d '\0\n'; }
quiet_for() {
  now=$(uptime)
  beat=$(field beat)
  case $beat in '' | *[!0-9]*) silent=1000 ;; *) silent=$((now - beat)) ;; esac
}
person() {
  quiet_for
  for name in who from since; do
    value=$(field "$name")
    printf '%s\0' "$value"
  done
  printf '%s\0' "$silent"
}
