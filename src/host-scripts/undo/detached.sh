# Runs a script out of reach of whatever may end us: a connection that breaks must not stop a change half-way.
#
# After SECONDS it is ended, with all that it has started, as by a power cut (exit status 137): where something in it
# hangs, the lock that it holds would keep away the undo.
# Arguments: SECONDS SCRIPT and the script's own, its name first
# Input: the script's

limit=$1
shift
exec 3<&0
setsid timeout -s KILL "$limit" sh -c "$@" <&3 3<&- &
wait $!
