# Part: `end FOLDER` ends the trial in a folder.
#
# Who waits for the broker's end takes the folder away: until then the broker may be writing in it. A broker whose guard
# ended before it (timeout(1) passes on no signal that comes while it starts) is found by its name.

end() {
  pid=$(cat "$1/pid" 2>/dev/null || :)
  if kill "$pid" 2>/dev/null && [ -e "$1/started" ]; then
    n=0
    while [ -e "$1" ] && [ $n -lt 200 ]; do n=$((n + 1)); sleep 0.02; done
  fi
  pkill -KILL -f -- "mosquitto -c $1/mosquitto.conf" 2>/dev/null || :
  rm -rf -- "$1"
}
