import { write } from './shell.ts';

// A group: what was there before one change. A folder NNNN-STEP with
//
//   service           `active` or `inactive`, and the unit
//   MMMM/path         a path, in the order in which they are changed; and of what was there:
//   MMMM/copy         a file or a link, as it was,
//   MMMM/absent       or nothing;
//   MMMM/ours         or a folder of our own making, `absent` before: a line `SHA-256 NAME` for each file put into it
//   MMMM/after        what is there after the change, where that is a file or a link
//   .manifest         what all of that is, to be compared before any of it is used
//   .unwritten        as long as nothing of the change is in its place

/** `next_group STEP` sets `group`, the name of the next one. */
const nextGroup = `
next_group() {
  last=0
  for one in "$journal"/[0-9][0-9][0-9][0-9]-* "$state"/*/registered/[0-9][0-9][0-9][0-9]-*; do
    one=\${one##*/}
    case $one in '['*) continue ;; esac
    one=$(printf '%s' "$one" | cut -c 1-4 | sed 's/^0*//')
    [ "\${one:-0}" -le "$last" ] || last=$one
  done
  group=$(printf '%04d-%s' "$((last + 1))" "$1")
}
`;

/**
 * `contents GROUP`: kind, mode, owner and digest of all that is in it, a line each; of a link its target.
 * `state_of PATH` sets `is` to what a path is: a digest, `link TARGET`, `absent` or `other`; `state_now PATH` also to
 * `unreadable`, for a file that the disk does not give any more: what was there before can take its place all the same.
 */
export const contents = `
contents() (
  unset IFS
  cd -- "$1"
  files=
  set -- * */*
  stat -c '%f %u %g %n' -- "$@"
  for name do
    if [ -L "$name" ]; then
      target=$(readlink -- "$name")
      printf '%s %s\\n' "$name" "$target"
    elif [ -f "$name" ]; then files="$files $name"
    fi
  done
  # Names of our own making, without blanks.
  # shellcheck disable=SC2086
  sha256sum -- $files
)
state_of() {
  if [ -L "$1" ]; then
    is=$(readlink -- "$1" && printf x)
    is="link \${is%?x}"
  elif [ -f "$1" ]; then
    is=$(sha256sum <"$1")
    is=\${is%% *}
  elif [ -e "$1" ]; then is=other
  else is=absent
  fi
}
state_now() {
  if [ -f "$1" ] && [ ! -L "$1" ]; then
    is=$(sha256sum <"$1" 2>/dev/null) || is=unreadable
    is=\${is%% *}
  else state_of "$1"
  fi
}
`;

/**
 * `begin_group FOLDER SERVICE` begins a group there. `register PATH` adds what is at PATH to it, and before it the
 * folders that are not there yet, once, from the top; `entry` is its folder then. `seal` ends it: from then on it is on
 * its disk, and reads back as it was written.
 */
export const makeGroup = `${write}${contents}${nextGroup}
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
  case \${1%/*} in '') return 0 ;; esac
  [ ! -e "\${1%/*}" ] || return 0
  case $made in *"
\${1%/*}
"*) return 0 ;; esac
  made="$made\${1%/*}
"
  # A function has no variables of its own.
  above "\${1%/*}"
  add "\${1%/*}"
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
  flush "$@" "$new" "\${new%/*}"
  again=$(contents "$new")
  [ "$again" = "$about" ] || { echo "$new does not read back as it was written." >&2; return 1; }
}
`;
