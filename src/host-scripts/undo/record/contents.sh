# Part: `contents GROUP` prints kind, mode, owner and digest of all that is in it, a line each; of a link its target.
#
# `state_of PATH` sets `is` to what a path is: a digest, `link TARGET`, `absent` or `other`. `state_now PATH` also sets
# it to `unreadable`, for a file that the disk does not give any more: what was there before can take its place all the
# same.

contents() (
  unset IFS
  cd -- "$1"
  files=
  set -- * */*
  stat -c '%f %u %g %n' -- "$@"
  for name do
    if [ -L "$name" ]; then
      target=$(readlink -- "$name")
      printf '%s %s\n' "$name" "$target"
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
    is="link ${is%?x}"
  elif [ -f "$1" ]; then
    is=$(sha256sum <"$1")
    is=${is%% *}
  elif [ -e "$1" ]; then is=other
  else is=absent
  fi
}
state_now() {
  if [ -f "$1" ] && [ ! -L "$1" ]; then
    is=$(sha256sum <"$1" 2>/dev/null) || is=unreadable
    is=${is%% *}
  else state_of "$1"
  fi
}
