# Part: `next_group WORD` sets `group`, the name of the next one.

next_group() {
  last=0
  for one in "$journal"/[0-9][0-9][0-9][0-9]-* "$state"/*/registered/[0-9][0-9][0-9][0-9]-*; do
    one=${one##*/}
    case $one in '['*) continue ;; esac
    one=$(printf '%s' "$one" | cut -c 1-4 | sed 's/^0*//')
    [ "${one:-0}" -le "$last" ] || last=$one
  done
  group=$(printf '%04d-%s' "$((last + 1))" "$1")
}
