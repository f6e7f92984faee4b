# Takes older releases away: of each what we have put there, as long as it is that.
#
# Arguments: STATE KIND FOLDER RELEASE...

. undo/record/begin.sh
. files/flush.sh
. undo/record/contents.sh
. undo/record/settle-down.sh
. undo/put-back/take-away.sh
kind=$1 folder=$2
shift 2
. undo/record/open-state.sh
. undo/record/alone.sh
settle_down
. undo/put-back/older-releases.sh
for release do
  case " $list " in *" $release "*) ;; *) continue ;; esac
  for entry in "$journal"/*/[0-9]*; do
    [ -f "$entry/ours" ] || continue
    path_of "$entry"
    [ "$path" != "$folder/$release" ] || take_away "$path" "$entry/ours"
  done
done
