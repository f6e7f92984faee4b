# Finds the first folder in which somebody else could exchange what is written there.
#
# As sshd looks before it reads authorized_keys (StrictModes). For each folder, or where it is not there yet the nearest
# above it: every folder on the way, as it is named and as it really is, must belong to root, to us or to USER, and be
# closed to others, or sticky as /tmp is.
# Arguments: USER (or nothing) FOLDER...
# Output: `owner`, `open` or `nowhere` and the folder; `hidden` and the folder where a user namespace hides its owner.

me=$(id -u) also=
[ -z "$1" ] || also=$(id -u -- "$1" 2>/dev/null)
own=" 0 $me $also "
shift
hidden=
if read -r inside outside count </proc/self/uid_map && [ "$inside $outside $count" != '0 0 4294967295' ]; then
  hidden=$(cat /proc/sys/kernel/overflowuid)
fi 2>/dev/null
for folder do
  while [ ! -d "$folder" ] && [ "$folder" != / ]; do
    if [ -L "$folder" ]; then echo "nowhere $folder"; exit 0; fi
    folder=${folder%/*}
    folder=${folder:-/}
  done
  set --
  named=$folder
  while :; do
    real=$(cd -P -- "$named" && pwd -P) || exit 1
    while :; do
      set -- "$@" "$real"
      [ "$real" != / ] || break
      real=${real%/*}
      real=${real:-/}
    done
    [ "$named" != / ] || break
    named=${named%/*}
    named=${named:-/}
  done
  stat -c '%u %a %n' -- "$@" | while read -r uid mode name; do
    case $own in *" $uid "*) ;; *) [ "$uid" = "$hidden" ] && echo "hidden $name" || echo "owner $name"; break ;; esac
    case $mode in [1357]???) ;; *[2367]) echo "open $name"; break ;; esac
  done
done
