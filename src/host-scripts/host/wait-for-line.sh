# Waits for one line, the base64 of a quoted command, and becomes that program.
#
# The program has the rest of the input to itself: POSIX has `read` take no byte beyond the line. Without a whole line
# (the connection is gone, or it is not needed) it ends.
# Input: the line, then what the program reads

unset line command
IFS= read -r line || exit 0
command=$(printf %s "$line" | base64 -d) || exit 1
eval "exec $command"
