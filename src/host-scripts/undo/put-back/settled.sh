# Part: `settled UNIT` notes that its groups are done with.

. undo/put-back/service-of.sh
. undo/put-back/done-with.sh
settled() {
  for one in "$state"/unsettled/[0-9]*; do
    [ -d "$one" ] || continue
    service_of "$one"
    [ "$unit" != "$1" ] || done_with "$one"
  done
}
