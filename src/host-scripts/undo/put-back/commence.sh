# Part: `commence` begins what is `chosen` (see choose.sh), and makes it ready.
#
# Where one cannot be made ready, it is `bad`, and `hindered` tells why; what was in the journal goes back into it: that
# one, and what is older. `placed GROUP` sets `one` to where a group is now.

commence() {
  moved=' '
  case $chosen in *"$journal"/*)
    # shellcheck disable=SC2086
    guard $chosen
    [ -d "$state/reverting" ] || mv -T "$state/.ready" "$state/reverting"
    for one in $chosen; do
      case $one in "$journal"/*) ;; *) continue ;; esac
      mv -T "$one" "$state/reverting/registered/${one##*/}"
      moved="$moved${one##*/} "
    done
    flush "$state/reverting/registered" "$journal" "$state"
    ;;
  esac
  begun=$chosen chosen='' hindered='' older=''
  for one in $begun; do
    one=$state/reverting/registered/${one##*/}
    if [ -n "$hindered" ]; then
      older="$older
$one"
      continue
    fi
    make_ready "$one"
    if [ -n "$hindered" ]; then newest=$one
    else
      chosen="$chosen${chosen:+
}$one"
    fi
  done
  [ -n "$hindered" ] || return 0
  rest="$older
$stuck
$bad
$rest" bad=$newest stuck=''
  IFS='
'
  trim
  for one in $stuck $bad $rest; do
    case $moved in *" ${one##*/} "*) ;; *) continue ;; esac
    strays "$one"
    mv -T "$one" "$journal/${one##*/}"
  done
  flush "$journal"
}
# A group by its name, where it is now.
placed() {
  one=$journal/${1##*/}
  [ -d "$one" ] || one=$state/reverting/registered/${1##*/}
}
