# Prints a file. Only a plain one: a pipe would wait for ever.
#
# Arguments: PATH BYTES (at most so many are printed)
# Exit 66 nothing-there: there is no such file for certain.

. files/absent.sh
if [ -e "$1" ] && [ ! -f "$1" ]; then echo "$1: Not a regular file" >&2; exit 1; fi
head -c "$2" -- "$1" && exit
if absent "$1"; then exit 66; fi
exit 1
