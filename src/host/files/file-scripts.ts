// The file actions as programs: fixed text for a POSIX sh, with everything that varies in the
// positional parameters ($1...). The same text runs here, over SSH and under sudo. Tools: what GNU's
// and Rust's coreutils and busybox share, which is not the words of their complaints.

import { hexDigits, takeLeftOver } from './left-over.ts';

/** Exit status: for certain, nothing is there. (EX_NOINPUT of sysexits.h; no shell uses it by itself.) */
export const nothingThere = 66;

/**
 * `absent PATH`: whether for certain nothing is there, links followed: what is there of the way to it ends in a
 * folder that may be looked into, or in no folder. (A tool that fails may have been refused instead.)
 */
const absent = `
absent() (
  at=$1 turns=0 above=
  while [ ! -e "$at" ]; do
    above=yes
    if [ -L "$at" ]; then
      turns=$((turns + 1))
      [ $turns -le 40 ] && to=$(readlink -- "$at" && printf x) || exit 1
      to=\${to%?x}
      case $to in /*) at=$to ;; *) at=\${at%/*}/$to ;; esac
    else
      case $at in
        ?*/) at=\${at%/} ;;
        *) at=\${at%/*} && at=\${at:-/} ;;
      esac
    fi
  done
  [ -n "$above" ] && { [ ! -d "$at" ] || [ -x "$at" ]; }
)`;

/**
 * `rename_over NEW OLD`: in one step, also where OLD is a link to a folder, which the `mv -T` of some
 * coreutils (uutils 0.0.30) refuses to replace. Perl is part of every Debian.
 */
export const renameOver = `
rename_over() {
  mv -fT -- "$1" "$2" && return
  [ -L "$2" ] && [ -d "$2" ] && perl -e 'rename($ARGV[0], $ARGV[1]) or die "$!\\n"' -- "$1" "$2"
}`;

/** `flush PATH...`: they are on their disks; where one cannot be flushed by itself (EINVAL), all is. */
export const flush = `
flush() {
  case $(sync --help 2>&1 || :) in
    *FILE*) words=$(sync -- "$@" 2>&1) || case $(printf '%s\\n' "$words" | grep -v 'Invalid argument') in
      '') sync ;;
      *) printf '%s\\n' "$words" >&2; return 1 ;;
    esac ;;
    *) sync ;;
  esac
}
`;

/** $1 path, $2 bytes. Prints at most that many. Only a plain file: a pipe would wait for ever. */
export const readScript = `${absent}
if [ -e "$1" ] && [ ! -f "$1" ]; then echo "$1: Not a regular file" >&2; exit 1; fi
head -c "$2" -- "$1" && exit
if absent "$1"; then exit ${nothingThere}; fi
exit 1`;

/**
 * $1 path, $2 folder, $3 temporary file in it, $4 bytes to come, $5 mode, $6 owner and group.
 * With noclobber the shell opens with O_EXCL, so whatever was planted under the temporary name
 * stops it. Owner and mode are set through the open file, whatever its name stands for by then. A
 * connection that is cut ends the input early: the byte count keeps half a file from being used.
 * What an earlier one was killed over holds a whole key, maybe: it is taken away first.
 */
export const writeScript = `${absent}${renameOver}${flush}${takeLeftOver}
umask 077
if absent "$2"; then echo "$2: There is no such folder" >&2; exit ${nothingThere}; fi
[ ! -d "$1" ] || [ -L "$1" ] || { echo "$1: Is a directory" >&2; exit 1; }
me=$(id -u)
for left in "$2"/.lockstep-${hexDigits(32)}; do
  if [ -f "$left" ]; then take_left_over "$left" "$me \${6%%:*}"; fi
done
# In a function its own words are the parameters, in a trap there, too.
new=$3
trap '[ ! "$new" -ef /proc/self/fd/3 ] || rm -f -- "$new"' EXIT
trap 'exit 1' HUP INT QUIT TERM PIPE
set -C
while
  exec 3>"$3" || exit 1
  # Another writer may have come in between, and taken it away.
  flock 3 2>/dev/null || :
  [ ! "$3" -ef /proc/self/fd/3 ]
do :; done
set +C
cat >&3 || exit 1
came=$(wc -c <"$3") || exit 1
[ "$came" -eq "$4" ] || { echo "only $came of $4 bytes came" >&2; exit 1; }
[ -z "$6" ] || chown -- "$6" /proc/self/fd/3 || exit 1
chmod -- "$5" /proc/self/fd/3 || exit 1
flush "$3" || exit 1
rename_over "$3" "$1" || exit 1
[ ! -r "$2" ] || flush "$2"`;

/**
 * Paths as parameters. For each, ended by NUL: a line of mode (hexadecimal), bytes, seconds, owner
 * and group as numbers and names, then for a symbolic link its target; or "?" where nothing is there; or "!"
 * and the complaint.
 */
export const statScript = `${absent}
for path do
  if facts=$(stat -c '%f %s %Y %u %g %U %G' -- "$path" 2>&1); then
    printf '%s\\n' "$facts"
    [ ! -L "$path" ] || readlink -- "$path"
  elif absent "$path"; then printf '?'
  else printf '!%s' "$facts"
  fi
  printf '\\0'
done`;

/** $1 folder. Prints every name in it, each ended by NUL. */
export const listScript = `${absent}
if [ ! -d "$1" ] && { [ -e "$1" ] || absent "$1"; }; then exit ${nothingThere}; fi
if ! cd -- "$1" 2>/dev/null || [ ! -r . ]; then
  # It says why.
  ls -- "$1/" >/dev/null
  exit 1
fi
for name in * .[!.]* ..?*; do
  [ -e "$name" ] || [ -L "$name" ] || continue
  printf '%s\\0' "$name"
done`;
