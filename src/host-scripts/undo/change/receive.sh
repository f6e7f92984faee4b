# Part: reads lines of tab-parted fields into numbered folders below `work`; `item N` gives one back.
#
# A line `end` ends them: a connection that is cut must not make a shorter list of it. What has come is what was sent:
# its SHA-256 comes with it.

count=0 ended=
rm -rf "$work"
mkdir "$work"
while IFS='	' read -r what path one two expected digest data; do
  if [ "$what" = end ]; then ended=yes; break; fi
  count=$((count + 1))
  mkdir "$work/$count"
  for field in what path one two expected digest; do
    eval "value=\$$field"
    write "$work/$count/$field" "$value"
  done
  printf '%s' "$data" | base64 -d >"$work/$count/data"
  state_of "$work/$count/data"
  [ "$is" = "$digest" ] || { echo "What came does not read back as it was sent." >&2; exit 1; }
done
[ -n "$ended" ] || { echo "The connection ended before all had come." >&2; exit 1; }
item() {
  for field in what path one two expected digest; do
    value=$(cat "$work/$1/$field")
    eval "$field=\$value"
  done
  data=$work/$1/data
}
