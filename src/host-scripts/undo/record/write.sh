# Part: `write FILE TEXT` writes a file, and reads it back.

write() {
  printf '%s' "$2" >"$1"
  there=$(cat -- "$1" && printf x)
  [ "$there" = "$2x" ] || { echo "$1 does not read back as it was written." >&2; return 1; }
}
. files/flush.sh
