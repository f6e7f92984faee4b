# Notes that the service is as it was again.
#
# Arguments: STATE

. undo/record/begin.sh
. undo/put-back/done-with.sh
for one in "$state"/unsettled/[0-9]*; do
  [ ! -d "$one" ] || done_with "$one"
done
