# Does several looks, one after the other, in one program.
#
# Arguments: the base64 of a quoted command each
# Output: for each a line: the base64 of what it wrote, a line end and its exit status.

for look do
  command=$(printf %s "$look" | base64 -d)
  { eval "$command"; printf '\n%s' "$?"; } </dev/null | base64 | tr -d '\n'
  echo
done
