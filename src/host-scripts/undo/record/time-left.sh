# Part: `time_left` sets `left`, the seconds until what is armed is due.
#
# A time that cannot be read, or is further away than any that is given, is due: the number stands there twice, so that
# one that is damaged is not another one. (A shell takes one that begins with 0 for octal, and ends at 09.)

time_left() {
  left=0
  now=$(uptime)
  twice=$(cat "$state/armed/until" 2>/dev/null || :)
  case $twice in
    *' '*' '* | *[!0-9' ']* | 0?* | ??????????*' '* | ' '* | *' ') return 0 ;;
    *' '*) ;;
    *) return 0 ;;
  esac
  [ "${twice% *}" = "${twice#* }" ] || return 0
  left=$((${twice% *} - now))
  [ "$left" -le 7200 ] || left=0
}
