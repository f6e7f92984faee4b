# Part: `settle_down`, when it is our turn, brings to its end what a cut between two commands has left.
#
# What had not begun is taken away.

. undo/record/disarm.sh
. undo/record/beside.sh
settle_down() {
  rm -rf "$state/.armed" "$state/.put-back" "$state/.change" "$state/.done" "$state/.time" "$journal/.new" "$state/.all" "$state/.ready/all"
  # Nobody needs its name, see `arrive`.
  rm -f "$state"/.input.*
  [ -d "$state/confirmed" ] || return 0
  for one in "$state"/confirmed/registered/[0-9]*; do
    [ -d "$one" ] || continue
    strays "$one"
    mv -T "$one" "$journal/${one##*/}"
  done
  flush "$journal"
  rm -rf "$state/confirmed"
  disarm "$kind"
}
