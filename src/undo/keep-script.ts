/**
 * `next_group STEP` names the next group; `keep STEP SERVICE OURS PATH...` registers each path in it, copy first,
 * then its name, and before it the folders that are not there yet. SERVICE: `active` or not, and its unit. The first OURS of the paths are
 * folders of our own making, which go with all that is in them. A group is there whole or not at all.
 */
export const keep = `
next_group() {
  last=$(ls "$journal" | grep -E '^[0-9]{4}-' | tail -n 1 | cut -c 1-4 | sed 's/^0*//')
  group=$(printf '%04d-%s' "$((\${last:-0} + 1))" "$1")
}
register() {
  number=$((number + 1))
  entry=$new/$(printf '%04d' "$number")
  mkdir "$entry"
  printf '%s' "$1" >"$entry/path"
  if [ "$2" = ours ]; then : >"$entry/ours"
  elif [ -e "$1" ] || [ -L "$1" ]; then cp -a -- "$1" "$entry/copy"
  else : >"$entry/absent"
  fi
}
# A folder that has to be made for a path is registered before it, once, from the top.
above() {
  [ -n "\${1%/*}" ] && [ ! -e "\${1%/*}" ] || return 0
  case $made in *"
\${1%/*}
"*) return 0 ;; esac
  above "\${1%/*}"
  register "\${1%/*}" path
  made="$made\${1%/*}
"
}
keep() {
  next_group "$1"
  new=$journal/.new
  rm -rf "$new"
  mkdir "$new"
  printf '%s' "$2" >"$new/service"
  ours=$3
  shift 3
  number=0
  made='
'
  for path do
    above "$path"
    if [ "$ours" -gt 0 ]; then register "$path" ours; else register "$path" path; fi
    ours=$((ours - 1))
  done
  sync -f "$new" 2>/dev/null || sync
  mv -T "$new" "$journal/$group"
  sync -f "$journal" 2>/dev/null || sync
}
`;
