# Prints the SHA-256 of files, made there: no private key crosses the wire to be compared.
#
# Arguments: PATH...
# Output: a line for each: the sum, `none` where there is no such file, `unread` where it cannot be read.

for path do
  sum=none
  # One that cannot be read has a line, too: the others are told by theirs.
  if [ -f "$path" ]; then sum=$(sha256sum <"$path" | cut -c 1-64); fi
  echo "${sum:-unread}"
done
