# Starts a broker for a trial, beside the live one.
#
# Root writes and reads the files, the broker's user makes the sockets: each in a folder of its own, so that what runs as
# that user can plant nothing that root then writes to or follows. A folder beside it that is ten minutes old is of a
# trial that was cut off (none lasts a quarter of that): it is taken away first, with the copies of passwords in it.
# Arguments: FOLDER SECONDS USER (or nothing: it is who runs this) CONFIGURED-USER `once` (or nothing) PROGRAM UNIT (or
#   nothing) FROM (the folder from which relative names count)
# Input: what belongs into the folder, a line each: its place, a tab, and the base64 of its bytes; below `copies` that of
#   the name of the file to be copied
# Output: the broker's words, where it does not start
# Exit 2 refused: the broker does not start.

set -eu
. mosquitto/trial/end.sh
. files/take-left-over.sh
PATH=$PATH:/usr/sbin:/usr/local/sbin
folder=$1 life=$2 owner=$3 named=$4 once=$5 program=$6 service=$7 cwd=$8
umask 077
me=$(id -u)
for left in "${folder%/*}"/lockstep-shadow.[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]; do
  if [ -d "$left" ]; then take_left_over "$left" "$me" 600; fi
done
# Whom a start makes it: what is not started as root cannot become another, whatever its configuration says.
if [ -n "$owner" ]; then
  unit=$(systemctl show "$service" -p User 2>/dev/null | cut -d= -f2)
  case $unit in
    '' | root) owner=${named:-$owner} ;;
    *) owner=$(id -nu -- "$unit" 2>/dev/null || echo "$unit") ;;
  esac
fi
# It would have the broker's own say over its configuration (2.1).
unset MOSQUITTO_PERSISTENCE_LOCATION
# Of a user that is not there the broker complains itself.
own() { [ -z "$owner" ] || ! id -u -- "$owner" >/dev/null 2>&1 || chown -- "$owner" "$1"; }
may_read() {
  case $owner in '' | root) [ -r "$1" ]; return ;; esac
  code=0
  group=$(id -g -- "$owner")
  # shellcheck disable=SC2016
  setpriv --reuid "$owner" --regid "$group" --init-groups \
    sh -c '[ -r "$1" ] || exit 9' sh "$1" >/dev/null 2>&1 || code=$?
  [ $code != 9 ]
}
# Owner, mode and whether it is a link are tried, too: what the broker may not read it may not read here.
copy() {
  if [ ! -f "$1" ]; then
    if [ ! -e "$1" ] || [ -p "$1" ]; then return 0; fi
    to=$(readlink -f -- "$1")
    ln -s -- "$to" "$2"
    return 0
  fi
  # shellcheck disable=SC2310 # It only answers.
  if ! may_read "$1"; then
    (umask 777; : >"$2")
  elif [ -L "$1" ]; then
    cp -p -- "$1" "$2.target"
    ln -s -- "$2.target" "$2"
  else
    cp -p -- "$1" "$2"
  fi
}
mkdir -m 0711 "$folder" "$folder/sockets"
mkdir "$folder/copies"
own "$folder/sockets"
# Relative names of files count from where the service runs.
pid=$(systemctl show "$service" -p MainPID 2>/dev/null | cut -d= -f2)
if [ -n "$owner" ]; then
  runs_in=$(readlink "/proc/$pid/cwd" || echo "$cwd")
  cd "$runs_in"
fi
while IFS='	' read -r path data; do
  case $path in
    copies/*)
      data=$(printf %s "$data" | base64 -d)
      copy "$data" "$folder/$path"
      ;;
    *)
      place=$folder/$path
      mkdir -p "${place%/*}"
      printf %s "$data" | base64 -d >"$place"
      ;;
  esac
done
own "$folder/copies"
[ -z "$owner" ] || printf 'user %s\n' "$owner" >>"$folder/mosquitto.conf"
# Should nobody stop it, it ends by itself and clears up.
: >"$folder/log"
(
  timeout -k 2 "$life" "$program" -c "$folder/mosquitto.conf" >"$folder/log" 2>&1 &
  echo $! >"$folder/pid"
  wait
  [ ! -e "$folder/started" ] || rm -rf -- "$folder"
) </dev/null >/dev/null 2>&1 &
n=0
until grep -q 'mosquitto version .* running' "$folder/log"; do
  n=$((n + 1))
  pid=$(cat "$folder/pid" 2>/dev/null || true)
  if [ $n -gt 200 ] || { [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; }; then
    [ $n -le 200 ] || echo "Error: it has not come up within 10 seconds."
    cat "$folder/log"
    exit 2
  fi
  sleep 0.05
done
: >"$folder/started"
if [ -n "$once" ]; then
  end "$folder"
  exit 0
fi
whose=${SUDO_UID:-}
[ -n "$whose" ] || whose=$(id -u)
for socket in "$folder"/sockets/*; do [ -S "$socket" ] && chown -h "$whose" "$socket"; done
exit 0
