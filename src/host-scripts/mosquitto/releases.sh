# Tells what is there of our releases.
#
# Sums are made there: no private key crosses the wire to be compared.
# Arguments: FOLDER COUNT LINK... NAME...: so many links, then names of files in the newest release
# Output: fields, each ended by NUL: the newest; for each link `link TARGET`, `other` or `none`; for each file mode,
#   owner, group and SHA-256, or `none`.

folder=$1 links=$2
shift 2
newest=$(ls -- "$folder" 2>/dev/null | grep -xE 'release-[0-9]{4}' | tail -n 1)
printf '%s\0' "$newest"
while [ "$links" -gt 0 ]; do
  links=$((links - 1))
  if [ -L "$1" ]; then
    target=$(readlink -- "$1")
    printf 'link %s\0' "$target"
  elif [ -e "$1" ]; then printf 'other\0'
  else printf 'none\0'
  fi
  shift
done
for name do
  path=$folder/$newest/$name
  if [ -n "$newest" ] && [ -f "$path" ] && [ ! -L "$path" ]; then
    facts=$(stat -c '%a %U %G' -- "$path")
    sum=$(sha256sum <"$path" | cut -c 1-64)
    printf '%s %s\0' "$facts" "$sum"
  else printf 'none\0'
  fi
done
