# Tells of sockets, clients, clock and room. Root alone sees whose a socket is.
#
# Arguments: FOLDER: of its disk the room is told, in units of 1024 bytes
# Output: lines `NAME<tab>VALUE`.

PATH=$PATH:/usr/sbin:/sbin
field() { printf '%s\t%s\n' "$1" "$2"; }
. host/clock-look.sh
free=$(df -Pk "$1" 2>/dev/null | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)
field free "$free"
ss -H -l -t -n -p 2>/dev/null | grep '"mosquitto"' | while read -r _ _ _ local _ who; do field listens "$local $who"; done
ss -H -t -n -p state established 2>/dev/null | grep '"mosquitto"' | head -n 500 |
  while read -r _ _ local remote who; do field client "$local $remote $who"; done
. host/clock-look-end.sh
true
