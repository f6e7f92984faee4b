// Fixed POSIX shell, run as root on the broker's host; everything that varies comes as arguments.
// The journal: FOLDER/NNNN-STEP/MMMM/{path, copy | absent | ours}, and FOLDER/NNNN-STEP/service.
// FOLDER/unsettled: files are back, but the service has not been told yet; it holds its state then.

const begin = `
set -eu
umask 077
PATH=$PATH:/usr/sbin:/sbin
journal=$1
shift
`;

// A folder that somebody else planted under this name is refused, not used. When writing fails, some
// tools do not say that the disk is full.
const open = `
parent=\${journal%/*}
for folder in "$parent" "$journal"; do
  if [ -L "$folder" ]; then echo "$folder is a symbolic link" >&2; exit 1; fi
  [ -d "$folder" ] || mkdir -m 0700 "$folder"
  if [ "$(stat -c %u "$folder")" != "$(id -u)" ]; then echo "$folder belongs to somebody else" >&2; exit 1; fi
done
why() {
  [ "$?" != 0 ] || return 0
  rm -rf "$journal/.new"
  free=$(df -Pk "$journal" 2>/dev/null | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)
  [ "\${free:-64}" -ge 64 ] || echo "No space left on device" >&2
}
trap why EXIT
chmod 0700 "$journal"
`;

/**
 * STEP SERVICE OURS PATH...: registers each path, copy first, then its name, and before it the folders
 * that are not there yet; prints the group. The
 * first OURS of them are folders of our own making, which go with all that is in them.
 */
export const keepScript = `${begin}${open}
step=$1 service=$2 ours=$3
shift 3
last=$(ls "$journal" | grep -E '^[0-9]{4}-' | tail -n 1 | cut -c 1-4 | sed 's/^0*//')
group=$(printf '%04d-%s' "$((\${last:-0} + 1))" "$step")
new=$journal/.new
rm -rf "$new"
mkdir "$new"
printf '%s' "$service" >"$new/service"
number=0
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
made='
'
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
for path do
  above "$path"
  if [ "$ours" -gt 0 ]; then kind=ours; else kind=path; fi
  ours=$((ours - 1))
  register "$path" "$kind"
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
 * only when all of it is back, so an undo that is cut off is simply done again. Where nothing was
 * ever kept, nothing is touched. Says what the service was like, when it has to be told.
 */
export const replayScript = `${begin}
[ -d "$journal" ] || exit 0
${open}
say() { printf '%s %s\\0' "$1" "$2"; }
replay() {
  # The broker reads what was only brought there no sooner than its configuration says so.
  case $1 in *-distribute) ;; *) cp "$journal/$1/service" "$journal/unsettled" ;; esac
  for entry in $(ls -r "$journal/$1" | grep -E '^[0-9]{4}$'); do
    entry=$journal/$1/$entry
    path=$(cat "$entry/path"; printf x)
    path=\${path%x}
    if [ -f "$entry/ours" ]; then rm -rf -- "$path"
    elif [ -f "$entry/absent" ]; then
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
  say group "$1"
  mkdir -p "$journal/undone"
  mv -T "$journal/$1" "$journal/undone/$1-$(date +%s)-$$"
}
if [ $# -gt 0 ]; then
  if [ -d "$journal/$1" ]; then replay "$1"; fi
else
  for group in $(ls -r "$journal" | grep -E '^[0-9]{4}-'); do replay "$group"; done
fi
if [ -f "$journal/unsettled" ]; then say service "$(cat "$journal/unsettled")"; fi
sync
`;

/** The service is as it was again. */
export const settledScript = `${begin}
rm -f "$journal/unsettled"
`;
