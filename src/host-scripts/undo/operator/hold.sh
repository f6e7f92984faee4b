# Holds the lock of the operator until its input ends.
#
# Who was not heard for DEAD seconds holds it no more. Each line of the input is a sign of life.
# Arguments: RUNTIME TOKEN HOME WHO FROM WAITING STATE DEAD
# Output: `held`, and from whom it was taken over; then what the script WAITING says, `failed` at its end where that did
#   not come off; `busy` and by whom when it is not to be had
# Exit 3 busy: somebody else holds it.

. undo/operator/begin.sh
token=$2 home=$3 who=$4 from=$5 waiting=$6 state=$7 dead=$8
if [ -L "$runtime" ]; then echo "$runtime is a symbolic link" >&2; exit 1; fi
[ -d "$runtime" ] || mkdir -m 0700 "$runtime"
me=$(id -u)
owner=$(stat -c %u "$runtime")
if [ "$owner" != "$me" ]; then echo "$runtime belongs to somebody else" >&2; exit 1; fi
exec 9>"$runtime/operator.lock"
flock -w 20 9 9>&9
before=
if [ -d "$operator" ]; then
  quiet_for
  holder=$(field home)
  if [ "$holder" != "$home" ] && [ "$silent" -lt "$dead" ]; then
    printf 'busy\0'; person; echo
    exit 3
  fi
  before=yes
fi
printf 'held\0'
[ -z "$before" ] || person
rm -rf "$runtime/.operator" "$operator"
mkdir "$runtime/.operator"
printf '%s' "$token" >"$runtime/.operator/token"
printf '%s' "$home" >"$runtime/.operator/home"
printf '%s' "$who" >"$runtime/.operator/who"
printf '%s' "$from" >"$runtime/.operator/from"
date +%s >"$runtime/.operator/since"
uptime >"$runtime/.operator/beat"
mv -T "$runtime/.operator" "$operator"
echo
exec 9>&-
# What has not come to its end there is waited for; meanwhile this session is heard.
{ sh -c "$waiting" lockstep "$state" 100 </dev/null || printf failed; echo; } &
let_go() {
  trap - EXIT
  exec 9>"$runtime/operator.lock"
  flock -w 20 9 9>&9
  holder=$(field token)
  [ "$holder" != "$token" ] || rm -rf "$operator"
}
trap let_go EXIT
trap 'exit 0' HUP INT TERM PIPE
while read -r _; do
  holder=$(field token)
  [ "$holder" = "$token" ] || exit 0
  uptime >"$operator/.beat"
  mv -f "$operator/.beat" "$operator/beat"
done
