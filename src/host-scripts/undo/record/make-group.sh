# Part: a group: what was there before one change. A folder NNNN-WORD with
#
#   service           `active` or `inactive`, and the unit; `-` where the broker does not use what is brought
#   MMMM/path         a path, in the order in which they are changed; and of what was there:
#   MMMM/copy         a file or a link, as it was,
#   MMMM/absent       or nothing;
#   MMMM/ours         or a folder of our own making, `absent` before: a line `SHA-256 NAME` for each file put into it
#   MMMM/after        what is there after the change, where that is a file or a link
#   .manifest         what all of that is, to be compared before any of it is used
#   .unwritten        as long as nothing of the change is in its place
#
# `begin_group FOLDER SERVICE` begins one there. `register PATH` adds what is at PATH, and before it the folders that are
# not there yet, once, from the top; `entry` is its folder then. `seal` ends it: from then on it is on its disk, and
# reads back as it was written.

. undo/record/write.sh
. undo/record/contents.sh
. undo/record/next-group.sh
begin_group() {
  new=$1
  mkdir -p -- "$new"
  write "$new/service" "$2"
  number=0
  made='
'
}
add() {
  number=$((number + 1))
  entry=$new/$(printf '%04d' "$number")
  mkdir -- "$entry"
  write "$entry/path" "$1"
}
register() {
  above "$1"
  add "$1"
  state_of "$1"
  case $is in
    absent) write "$entry/absent" '' ;;
    other) echo "$1 is neither a file nor a link" >&2; return 1 ;;
    *)
      was=$is
      cp -a -- "$1" "$entry/copy"
      state_of "$entry/copy"
      [ "$is" = "$was" ] || { echo "The copy of $1 does not read back as it was written." >&2; return 1; }
      ;;
  esac
}
above() {
  case ${1%/*} in '') return 0 ;; esac
  [ ! -e "${1%/*}" ] || return 0
  case $made in *"
${1%/*}
"*) return 0 ;; esac
  made="$made${1%/*}
"
  # A function has no variables of its own.
  above "${1%/*}"
  add "${1%/*}"
  write "$entry/absent" ''
}
seal() {
  about=$(contents "$new")
  write "$new/.manifest" "$about"
  set -- "$new/.manifest"
  for one in "$new"/* "$new"/*/*; do
    [ -L "$one" ] || set -- "$@" "$one"
  done
  [ ! -f "$new/.unwritten" ] || set -- "$@" "$new/.unwritten"
  flush "$@" "$new" "${new%/*}"
  again=$(contents "$new")
  [ "$again" = "$about" ] || { echo "$new does not read back as it was written." >&2; return 1; }
}
