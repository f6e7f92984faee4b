// The file actions as programs: fixed text for a POSIX sh, with everything that varies in the
// positional parameters ($1...). The same text runs here, over SSH and under sudo. Tools: what
// coreutils and busybox share.

/** $1 path, $2 bytes. Prints at most that many. Only a plain file: a pipe would wait for ever. */
export const readScript = `
if [ -e "$1" ] && [ ! -f "$1" ]; then echo "$1: Not a regular file" >&2; exit 1; fi
exec head -c "$2" -- "$1"`;

/**
 * $1 path, $2 folder, $3 temporary file in it, $4 bytes to come, $5 mode, $6 owner and group.
 * With noclobber the shell opens with O_EXCL, so whatever was planted under the temporary name
 * stops it. Owner and mode are set through the open file, whatever its name stands for by then. A
 * connection that is cut ends the input early: the byte count keeps half a file from being used.
 */
export const writeScript = `
umask 077
[ ! -d "$1" ] || [ -L "$1" ] || { echo "$1: Is a directory" >&2; exit 1; }
set -C
exec 3>"$3" || exit 1
set +C
trap 'rm -f -- "$3"' EXIT
trap 'exit 1' HUP INT TERM PIPE
cat >&3 || exit 1
came=$(wc -c <"$3") || exit 1
[ "$came" -eq "$4" ] || { echo "only $came of $4 bytes came" >&2; exit 1; }
[ -z "$6" ] || chown -- "$6" /proc/self/fd/3 || exit 1
chmod -- "$5" /proc/self/fd/3 || exit 1
sync -- "$3" 2>/dev/null || sync
mv -fT -- "$3" "$1" || exit 1
trap - EXIT
sync -- "$2" 2>/dev/null || :`;

/**
 * Paths as parameters. For each, ended by NUL: a line of mode (hexadecimal), bytes, seconds, owner
 * and group as numbers and names, then for a symbolic link its target; or "!" and the complaint.
 */
export const statScript = `
for path do
  if facts=$(stat -c '%f %s %Y %u %g %U %G' -- "$path" 2>&1); then
    printf '%s\\n' "$facts"
    [ ! -L "$path" ] || readlink -- "$path"
  else
    printf '!%s' "$facts"
  fi
  printf '\\0'
done`;

/** $1 folder. Prints every name in it, each ended by NUL. */
export const listScript = `
ls -d -- "$1/" >/dev/null || exit 1
cd -- "$1" && [ -r . ] || { echo "$1: Permission denied" >&2; exit 1; }
for name in * .[!.]* ..?*; do
  [ -e "$name" ] || [ -L "$name" ] || continue
  printf '%s\\0' "$name"
done`;
