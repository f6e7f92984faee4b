# Gives a change more time: somebody is there to prove it.
#
# Arguments: STATE KIND ID SECONDS: so much it has then, at least
# Exit 10 over: it does not wait any more, its time is over, or a reboot has come in between.

. undo/record/begin.sh
. undo/record/write.sh
. undo/record/arm.sh
. undo/record/time-left.sh
. undo/record/settle-down.sh
. undo/record/fate-of.sh
kind=$1 id=$2 seconds=$3
. undo/record/open-state.sh
. undo/record/alone.sh
settle_down
fate_of "$id"
[ "$fate" = waits ] || exit 10
boot=$(cat /proc/sys/kernel/random/boot_id)
found=$(cat "$state/armed/boot" 2>/dev/null || :)
[ "$found" = "$boot" ] || exit 10
time_left
# One that is due goes back, whoever comes: its time may not be readable.
[ "$left" -gt 0 ] || exit 10
[ "$left" -ge "$seconds" ] || extend "$seconds"
