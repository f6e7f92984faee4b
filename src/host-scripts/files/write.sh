# Writes a file in one step: nobody ever sees half of it.
#
# With noclobber the shell opens with O_EXCL: what somebody has planted under the temporary name stops it. Owner and mode
# are set through the open file, whatever its name stands for by then. What an earlier writer has left may hold a key: it
# is taken away first.
# Arguments: PATH FOLDER TEMPORARY BYTES MODE OWNER:GROUP (or nothing); TEMPORARY is a path in FOLDER
# Input: so many BYTES. A connection that is cut ends it early: then nothing is written.
# Exit 66 nothing-there: there is no such folder for certain.

. files/absent.sh
. files/rename-over.sh
. files/flush.sh
. files/take-left-over.sh
umask 077
if absent "$2"; then echo "$2: There is no such folder" >&2; exit 66; fi
[ ! -d "$1" ] || [ -L "$1" ] || { echo "$1: Is a directory" >&2; exit 1; }
me=$(id -u)
for left in "$2"/.lockstep-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]; do
  if [ -f "$left" ]; then take_left_over "$left" "$me ${6%%:*}"; fi
done
# In a function its own words are the parameters, in a trap there, too.
new=$3
trap '[ ! "$new" -ef /proc/self/fd/3 ] || rm -f -- "$new"' EXIT
trap 'exit 1' HUP INT QUIT TERM PIPE
set -C
while
  exec 3>"$3" || exit 1
  # Named anew (mksh gives no other program a descriptor above 2). Another writer may have come in between, and taken it away.
  flock 3 3>&3 2>/dev/null || :
  [ ! "$3" -ef /proc/self/fd/3 ]
do :; done
set +C
cat >&3 || exit 1
came=$(wc -c <"$3") || exit 1
[ "$came" -eq "$4" ] || { echo "only $came of $4 bytes came" >&2; exit 1; }
[ -z "$6" ] || chown -- "$6" /proc/self/fd/3 3>&3 || exit 1
chmod -- "$5" /proc/self/fd/3 3>&3 || exit 1
flush "$3" || exit 1
rename_over "$3" "$1" || exit 1
[ ! -r "$2" ] || flush "$2"
