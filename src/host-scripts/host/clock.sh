# Tells of the machine's clock.
#
# Arguments: none
# Output: lines `NAME<tab>VALUE`, see clock-look.sh.

PATH=$PATH:/usr/sbin:/sbin
field() { printf '%s\t%s\n' "$1" "$2"; }
. host/clock-look.sh
. host/clock-look-end.sh
true
