# Tells where the broker listens. Root alone sees whose a socket is.
#
# Arguments: UNIT (or nothing)
# Output: an address and port a line, as ss(8) writes them.

. mosquitto/service/process.sh
PATH=$PATH:/usr/sbin:/sbin
pid=$(service_process "$1") || exit 0
ss -H -l -t -n -p 2>/dev/null | grep -F "pid=$pid," | awk '{ print $4 }'
