# Tells what names mean on that machine.
#
# Arguments: NAME...
# Output: for each a line: the name, a tab, its addresses.

for name do
  found=$(getent ahosts -- "$name" 2>/dev/null | cut -d ' ' -f 1 | sort -u | tr '\n' ' ')
  printf '%s\t%s\n' "$name" "$found"
done
