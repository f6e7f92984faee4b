# Part: the machine's names and addresses, and where anything listens. Needs `field NAME VALUE`.
#
# ss(8) shows to everybody where anything listens.

full=$(hostname -f 2>/dev/null)
short=$(hostname 2>/dev/null)
field name "$full"
field name "$short"
for address in $(hostname -I 2>/dev/null); do field address "$address"; done
ss -H -l -t -n 2>/dev/null | head -n 300 | while read -r _ _ _ local _; do field listens "$local"; done
