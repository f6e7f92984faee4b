# Part: makes the folders of STATE, and refuses one that somebody else has planted.
#
# What has become `reverting` needs no other one, and no room.

. files/flush.sh
me=$(id -u)
for own in "$state" "$journal" "$journal/undone" "$state/unsettled" "$state/.ready" "$state/.ready/registered"; do
  case $own in "$state"/.ready*) [ ! -d "$state/reverting" ] || continue ;; esac
  if [ -L "$own" ]; then echo "$own is a symbolic link" >&2; exit 1; fi
  [ -d "$own" ] || { mkdir -m 0700 "$own"; flush "${own%/*}"; }
  owner=$(stat -c %u "$own")
  if [ "$owner" != "$me" ]; then echo "$own belongs to somebody else" >&2; exit 1; fi
  chmod 0700 "$own"
done
