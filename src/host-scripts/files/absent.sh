# Part: `absent PATH` succeeds where nothing is there for certain.
#
# Links are followed. What is there of the way to it ends in a folder that may be looked into, or in no folder. A tool
# that fails tells less: it may have been refused.

absent() (
  at=$1 turns=0 above=
  while [ ! -e "$at" ]; do
    above=yes
    if [ -L "$at" ]; then
      turns=$((turns + 1))
      [ $turns -le 40 ] && to=$(readlink -- "$at" && printf x) || exit 1
      to=${to%?x}
      case $to in /*) at=$to ;; *) at=${at%/*}/$to ;; esac
    else
      case $at in
        ?*/) at=${at%/} ;;
        *) at=${at%/*} && at=${at:-/} ;;
      esac
    fi
  done
  [ -n "$above" ] && { [ ! -d "$at" ] || [ -x "$at" ]; }
)
