# Tells who uses the broker and who did.
#
# The log may be as large as the disk: the end of each file is read, of all of them the lines that matter, and what that
# comes to is bounded again. Rotated files first, the oldest first: `.2.gz` and `.1` as logrotate numbers them,
# `-20261127.gz` with its "dateext".
# Arguments: FILE (or nothing) UNIT (or nothing; for the journal)
# Output: the time, its zone, what is so of FILE, `socket` lines of ss(8), then lines of the log.

PATH=$PATH:/usr/sbin:/sbin
LC_ALL=C
export LC_ALL
file=$1 unit=$2
date +%s
date +%z
# A broker that runs has its log open. No broker, or none that can be looked into: nothing is known.
written() {
  seen=
  for broker in $(pgrep -x mosquitto 2>/dev/null); do
    for open in "/proc/$broker/fd"/*; do
      [ -e "$open" ] || continue
      [ "$open" -ef "$1" ] && return 0
      seen=1
    done
  done
  [ -z "$seen" ]
}
if [ -z "$file" ]; then echo none
elif [ ! -f "$file" ]; then echo missing
elif written "$file"; then echo written
else echo left; fi
ss -H -t -n -p state established 2>/dev/null | grep '"mosquitto"' | head -n 1000 |
  while read -r _ _ local remote _; do printf 'socket\t%s\t%s\n' "$local" "$remote"; done
end() { tail -c 4194304; }
telling() {
  sed -n -e '1b show' -e '/New connection from /b show' -e '/New client connected from /b show' \
    -e '/Client .*disconnect/b show' -e '/Client .* closed its connection/b show' -e b -e ': show' -e p |
    cut -b 1-1200
}
{
  if [ -n "$file" ]; then
    set --
    for old in "$file"-[0-9]*; do [ -f "$old" ] && set -- "$@" "$old"; done
    for n in 9 8 7 6 5 4 3 2 1; do
      for old in "$file.$n.gz" "$file.$n"; do [ -f "$old" ] && set -- "$@" "$old"; done
    done
    while [ $# -gt 8 ]; do shift; done
    for old do
      case $old in
        *.gz)
          size=$(wc -c <"$old")
          [ "${size:-4194305}" -gt 4194304 ] || gzip -dc <"$old" 2>/dev/null | head -c 67108864 | end | telling
          ;;
        *) end <"$old" | telling ;;
      esac
    done
    [ -f "$file" ] && end <"$file" | telling
  elif [ -n "$unit" ]; then
    journalctl -q -u "$unit" -n 20000 --no-pager -o short-unix 2>/dev/null | end | telling
  fi
} | tail -c 2097152
true
