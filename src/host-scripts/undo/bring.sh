# Brings a folder of files, whole or not at all.
#
# Registers FOLDER, makes it ready as STAGING where only root can look, reads all of it back, and gives it its name in
# one rename. Every file is newly made (O_EXCL) and for root alone from its first byte; owner and mode are set through the
# open file.
# Arguments: STATE RUNTIME TOKEN KIND WORD FOLDER STAGING: WORD is part of the group's name
# Input: a line for each file: NAME MODE OWNER SHA-256 BASE64, parted by tabs; at its end the line `end`: a connection
#   that is cut must not make a shorter list of it
# Exit 12 not-as-sent: it does not read back as it was sent.

. undo/record/begin.sh
. undo/record/make-group.sh
. undo/record/settle-down.sh
. undo/record/make-folder.sh
trap '' HUP PIPE
runtime=$1 token=$2 kind=$3 word=$4 folder=$5 staging=$6
. undo/change/full.sh
. undo/record/open-state.sh
. undo/change/arrive.sh
. undo/record/alone.sh
settle_down
. undo/record/ours.sh
next_group "$word"
# Nothing of it stays, nor the folders above it that had to be made: then there is nothing to undo.
finish() {
  code=$?
  trap - EXIT
  set +e
  [ "$code" != 0 ] || exit 0
  full
  # What does not go stays known.
  [ -z "$named" ] || mv -T -- "$folder" "$staging" || exit "$code"
  rm -rf -- "$staging" || exit "$code"
  backwards=
  for entry in "$journal/$group"/[0-9]*; do backwards="${entry##*/} $backwards"; done
  for number in $backwards; do
    path_of "$journal/$group/$number"
    [ ! -f "$journal/$group/$number/absent" ] || rmdir -- "$path" 2>/dev/null
  done
  rm -rf "$journal/.new" "$journal/${group:?}"
  exit "$code"
}
named=
trap finish EXIT
# The broker does not use what was only brought there: it needs not be told when that goes.
begin_group "$journal/.new" -
list=
while IFS='	' read -r name mode owner sum data; do
  if [ "$name" = end ]; then break; fi
  list="$list$sum $name
"
done
[ "$name" = end ] || { echo "The connection ended before all had come." >&2; exit 1; }
for one in "$staging" "$folder"; do
  above "$one"
  add "$one"
  write "$entry/ours" "$list"
done
seal
mv -T "$journal/.new" "$journal/$group"
flush "$journal" "$state"
make_folder "${folder%/*}"
rm -rf -- "$staging"
exec </proc/self/fd/0
mkdir -m 0700 -- "$staging"
while IFS='	' read -r name mode owner sum data; do
  [ "$name" != end ] || break
  set -C
  # Plain, a failing exec would end the shell before anything could be taken away again.
  command exec 4>"$staging/$name"
  set +C
  printf '%s' "$data" | base64 -d >&4
  # Named anew: mksh gives no other program a descriptor above 2.
  [ "$owner" = - ] || chown -- "$owner" /proc/self/fd/4 4>&4
  chmod -- "$mode" /proc/self/fd/4 4>&4
  exec 4>&-
  state_of "$staging/$name"
  has=$(stat -c %a "$staging/$name")
  [ "$is $has" = "$sum $mode" ] || exit 12
  flush "$staging/$name"
done
flush "$staging"
# Not by its name: the broker's own user may own the folder around it, and exchange it.
(
  cd -P -- "$staging"
  me=$(id -u)
  owner=$(stat -c %u .)
  [ "$owner" = "$me" ]
  chmod 0755 .
)
mv -T -- "$staging" "$folder"
named=yes
flush "$folder" "${folder%/*}"
