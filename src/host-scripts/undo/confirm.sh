# Takes the undo of a change back: its proof has passed.
#
# Arguments: STATE KIND ID FOLDER
# Output: `older NAME` for each release in FOLDER that nobody needs for an undo, see older-releases.sh.
# Exit 10 put-back: too late, it was put back.
# Exit 16 unclear: whether what waits is this change cannot be told.
# Exit 17 reverting: putting it back has begun and has not come to its end.
# Exit 18 stays: it stays, but not all that follows was done.
# Exit 19 unknown: nothing is known of it.

. undo/record/begin.sh
. undo/record/write.sh
. undo/record/settle-down.sh
. undo/change/say.sh
. undo/record/fate-of.sh
kind=$1 id=$2 folder=$3
. undo/record/open-state.sh
. undo/record/alone.sh
settle_down
fate_of "$id"
case $fate in
  waits) ;;
  stays) exit 0 ;;
  back) exit 10 ;;
  unclear) exit 16 ;;
  reverting) exit 17 ;;
  *) exit 19 ;;
esac
mv -T "$state/armed" "$state/confirmed"
# From here on nobody puts it back, whatever else fails.
trap '[ $? = 0 ] || exit 18' EXIT
flush "$state"
settle_down
. undo/put-back/older-releases.sh
for release in $list; do say older "$release"; done
