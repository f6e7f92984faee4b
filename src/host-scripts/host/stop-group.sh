# Ends a group of processes: asks it to, and makes it after two seconds.
#
# Arguments: LEADER

kill -s TERM -- "-$1" || kill -s TERM "$1" || exit 0
for second in 1 2; do sleep 1; kill -s 0 -- "-$1" 2>/dev/null || exit 0; done
kill -s KILL -- "-$1"
