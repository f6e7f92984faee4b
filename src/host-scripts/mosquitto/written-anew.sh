# Tells which files are not as they were written, and what runs before the broker.
#
# Arguments: UNIT, then a path and the SHA-256 that it should have, in turn
# Output: lines `by<tab>PROGRAM` (what the unit runs) and `differs<tab>PATH`.

unit=$1
shift
systemctl show "$unit" -p ExecStartPre -p ExecStart 2>/dev/null | sed -n 's/^Exec[A-Za-z]*={ path=\([^ ;]*\) .*/by\t\1/p'
[ ! -x /etc/init.d/mosquitto ] || [ -d /run/systemd/system ] || printf 'by\t/etc/init.d/mosquitto\n'
while [ $# -gt 1 ]; do
  sum=$(sha256sum <"$1" 2>/dev/null | cut -c 1-64)
  [ "$sum" = "$2" ] || printf 'differs\t%s\n' "$1"
  shift 2
done
