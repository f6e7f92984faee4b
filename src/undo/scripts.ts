// Fixed POSIX shell, run as root on the broker's host; everything that varies comes as arguments.
// The journal: FOLDER/NNNN-STEP/MMMM/{path, copy | absent}, and FOLDER/NNNN-STEP/service.

// A folder that somebody else planted under this name is refused, not used.
const open = `
set -eu
umask 077
PATH=$PATH:/usr/sbin:/sbin
journal=$1
shift
parent=\${journal%/*}
for folder in "$parent" "$journal"; do
  if [ -L "$folder" ]; then echo "$folder is a symbolic link" >&2; exit 1; fi
  [ -d "$folder" ] || mkdir -m 0700 "$folder"
  if [ "$(stat -c %u "$folder")" != "$(id -u)" ]; then echo "$folder belongs to somebody else" >&2; exit 1; fi
done
chmod 0700 "$journal"
`;

/** STEP SERVICE PATH...: registers each path, copy first, then its name; prints the group. */
export const keepScript = `${open}
step=$1 service=$2
shift 2
last=$(ls "$journal" | grep -E '^[0-9]{4}-' | tail -n 1 | cut -c 1-4 | sed 's/^0*//')
group=$(printf '%04d-%s' "$((\${last:-0} + 1))" "$step")
new=$journal/.new
rm -rf "$new"
mkdir "$new"
printf '%s' "$service" >"$new/service"
number=0
for path do
  number=$((number + 1))
  entry=$new/$(printf '%04d' "$number")
  mkdir "$entry"
  printf '%s' "$path" >"$entry/path"
  if [ -e "$path" ] || [ -L "$path" ]; then cp -a -- "$path" "$entry/copy"; else : >"$entry/absent"; fi
done
sync -f "$new" 2>/dev/null || sync
mv -T "$new" "$journal/$group"
printf '%s\\n' "$group"
`;

/** Prints the groups, oldest first. */
export const listScript = `
ls "$1" 2>/dev/null | grep -E '^[0-9]{4}-' || true
`;

/**
 * [GROUP]: puts back one group or all, newest first. A group leaves the journal (for FOLDER/undone)
 * only when all of it is back, so an undo that is cut off is simply done again.
 */
export const replayScript = `${open}
say() { printf '%s %s\\0' "$1" "$2"; }
replay() {
  for entry in $(ls -r "$journal/$1" | grep -E '^[0-9]{4}$'); do
    entry=$journal/$1/$entry
    path=$(cat "$entry/path"; printf x)
    path=\${path%x}
    if [ -f "$entry/absent" ]; then
      if [ -d "$path" ] && [ ! -L "$path" ]; then
        if rmdir -- "$path" 2>/dev/null; then say removed "$path"; else say left "$path"; fi
      elif [ -e "$path" ] || [ -L "$path" ]; then rm -f -- "$path"; say removed "$path"
      fi
    else
      rm -rf -- "$path.lockstep-undo"
      cp -a -- "$entry/copy" "$path.lockstep-undo"
      mv -fT -- "$path.lockstep-undo" "$path"
      say restored "$path"
    fi
  done
  say service "$(cat "$journal/$1/service")"
  mkdir -p "$journal/undone"
  mv -T "$journal/$1" "$journal/undone/$1-$(date +%s)-$$"
}
if [ $# -gt 0 ]; then
  if [ -d "$journal/$1" ]; then replay "$1"; fi
else
  for group in $(ls -r "$journal" | grep -E '^[0-9]{4}-'); do replay "$group"; done
fi
sync
`;
