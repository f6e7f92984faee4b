# Tells that it has started, on standard error, and becomes a program.
#
# Arguments: FIRST SECOND, which are told with a dash between them, then the program and its own

printf "%s-%s" "$1" "$2" >&2
shift 2
exec "$@"
