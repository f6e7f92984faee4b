# Becomes a program, as long as its parent is the one that started it.
#
# Arguments: PARENT, then the program and its own

[ "$PPID" = "$1" ] || exit 1
shift
exec "$@"
