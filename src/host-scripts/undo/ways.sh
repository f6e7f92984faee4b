# Tells the way from paths to what they name, as the kernel goes it (path_resolution(7)).
#
# Arguments: PATH...
# Output: records, each ended by NUL: `link LINK` and `rest REST` for each link on the way, then `end PATH`, empty where
#   nothing is.

way() {
  rest=$1 at='' turns=0
  while [ -n "$rest" ]; do
    part=${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    case $part in
      '' | .) continue ;;
      ..)
        at=${at%/*}
        continue
        ;;
    esac
    if [ ! -L "$at/$part" ]; then
      at=$at/$part
      continue
    fi
    printf 'link %s\0rest %s\0' "$at/$part" "$rest"
    turns=$((turns + 1))
    to=$(readlink -- "$at/$part" && printf x)
    to=${to%?x}
    # As many as the kernel follows.
    if [ "$turns" -gt 40 ] || [ -z "$to" ]; then
      at=/nothing/here
      break
    fi
    case $to in /*) at= ;; esac
    rest=$to/$rest
  done
  at=${at:-/}
  [ -e "$at" ] || at=
  printf 'end %s\0' "$at"
}
for path do way "$path"; done
