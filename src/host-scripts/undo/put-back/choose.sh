# Part: `choose GROUP...`, newest first, sets `chosen` to those that can go back, a line each.
#
# It sets `bad` to the first that is damaged, and `rest` to what is older than that. `trim`, where not all go back, moves
# those from `chosen` into `stuck` that would leave a link to certificates that are gone, as later ones made them
# needless (see older-releases.sh): no broker starts with such a link.

choose() {
  chosen='' bad='' rest='' stuck=''
  for one do
    if [ -n "$bad" ]; then
      rest="$rest
$one"
      continue
    fi
    # Of one that came to nothing nothing is used.
    sound=yes
    [ -f "$one/.unwritten" ] || examine "$one"
    if [ -n "$sound" ]; then
      chosen="$chosen${chosen:+
}$one"
    else bad=$one
    fi
  done
}
# `leads_nowhere GROUP...` sets `nowhere`: with these back, newest first, the link to the certificates leads to none.
leads_nowhere() {
  nowhere='' target=''
  for one do
    for entry in "$one"/[0-9]*; do
      path_of "$entry"
      case $path in */current) ;; *) continue ;; esac
      target=
      if [ -L "$entry/copy" ]; then
        target=$(readlink -- "$entry/copy")
        target=${path%/*}/$target
      fi
    done
  done
  if [ -n "$target" ] && [ ! -e "$target" ]; then nowhere=yes; fi
}
# IFS is a line end. `moved`: the names of those that were in the journal until now.
trim() {
  while [ -n "$chosen" ]; do
    last=${chosen##*
}
    # A change that waits was the last one: what it goes back to is there.
    case $last:$moved in "$journal"/*) ;; *" ${last##*/} "*) ;; *) break ;; esac
    # shellcheck disable=SC2086
    leads_nowhere $chosen
    [ -n "$nowhere" ] || break
    stuck="$last${stuck:+
}$stuck"
    case $chosen in
      *"
"*) chosen=${chosen%
*} ;;
      *) chosen= ;;
    esac
  done
}
