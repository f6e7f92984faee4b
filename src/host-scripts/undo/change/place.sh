# Part: `place NEW` writes a file that is newly made (O_EXCL), for root alone from its first byte.
#
# Owner and mode are set through the open file. Needs what `item` of receive.sh sets.

place() {
  set -C
  # Plain, a failing exec would end the shell without its words.
  command exec 4>"$1"
  set +C
  cat "$data" >&4
  # Named anew: mksh gives no other program a descriptor above 2.
  [ "$two" = - ] || chown -- "$two" /proc/self/fd/4 4>&4
  chmod -- "$one" /proc/self/fd/4 4>&4
  exec 4>&-
  state_of "$1"
  [ "$is" = "$digest" ] || { echo "$1 does not read back as it was written." >&2; return 1; }
  flush "$1"
}
