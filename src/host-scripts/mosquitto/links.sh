# Tells of the links on the way to files.
#
# Arguments: TOP PATH...: of each path and of the folders above it, up to TOP
# Output: for each link five fields, each ended by NUL: the path, the link, what is written in it, where it leads (empty:
#   nothing is there), who owns that or, where that is root, a folder above it.

top=$1
shift
for path do
  one=$path
  while :; do
    if [ -L "$one" ]; then
      real= owner=
      [ ! -e "$one" ] || real=$(readlink -f -- "$one")
      at=$real
      while [ -n "$at" ] && owner=$(stat -c %U -- "$at") && [ "$owner" = root ]; do at=${at%/*}; done
      [ "$owner" != UNKNOWN ] || owner="user $(stat -c %u -- "$at")"
      target=$(readlink -- "$one")
      printf '%s\0' "$path" "$one" "$target" "$real" "$owner"
    fi
    case ${one%/*} in "$top" | "$top"/*) [ "$one" != "$top" ] || break ;; *) break ;; esac
    one=${one%/*}
  done
done
