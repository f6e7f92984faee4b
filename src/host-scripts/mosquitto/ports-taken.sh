# Tells who listens on the machine. Root alone sees whose a socket is.
#
# No more than a few hundred: that machine may be anybody's.
# Arguments: UNIT (or nothing)
# Output: the broker's process; `socket` and each as ss(8) shows it; `unit`, a process and its service.

. mosquitto/service/process.sh
PATH=$PATH:/usr/sbin:/sbin
service_process "$1" || echo
all=$(ss -H -l -t -n -p 2>/dev/null | head -n 500 | cut -b 1-500)
printf '%s\n' "$all" | awk '{ local = $4; $1 = $2 = $3 = $4 = $5 = ""; print "socket\t" local "\t" $0 }'
for pid in $(printf '%s\n' "$all" | grep -oE 'pid=[0-9]+' | cut -d= -f2 | sort -u | head -n 100); do
  unit=$(group_unit "$pid")
  printf 'unit\t%s\t%s\n' "$pid" "$unit"
done
