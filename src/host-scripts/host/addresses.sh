# Prints the addresses of a network interface, or of a name as that machine knows it.
#
# Arguments: NAME
# Output: an address a line.

PATH=$PATH:/usr/sbin:/sbin
ip -o addr show dev "$1" 2>/dev/null | sed -n 's/.* inet6\{0,1\} \([^ /]*\).*/\1/p'
getent ahosts -- "$1" 2>/dev/null | cut -d ' ' -f 1
