# Becomes a program. A command a line: they are joined to one line.
#
# Arguments: the program and its own

. host/surroundings.sh
exec "$@"
