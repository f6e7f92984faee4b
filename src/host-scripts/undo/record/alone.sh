# Part: one at a time: a change, a confirmation and an undo, whoever asks for it.
#
# The lock is the open file: it ends with whoever holds it. What must live longer is started without it (9>&-). What a
# cut has left is brought to its end first, see settle-down.sh.

exec 9>"$state/busy"
flock -w 100 9 9>&9 || { echo "another change to this broker does not come to its end" >&2; exit 1; }
