# Tells what stands at paths. A last link is not followed.
#
# Arguments: PATH...
# Output: for each, ended by NUL: a line of mode (hexadecimal), bytes, seconds since 1970, owner and group as numbers and
#   as names, then the target of a link; or `?` where nothing is there; or `!` and the complaint.

. files/absent.sh
for path do
  if facts=$(stat -c '%f %s %Y %u %g %U %G' -- "$path" 2>&1); then
    printf '%s\n' "$facts"
    [ ! -L "$path" ] || readlink -- "$path"
  elif absent "$path"; then printf '?'
  else printf '!%s' "$facts"
  fi
  printf '\0'
done
