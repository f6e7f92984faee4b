import { keep } from './keep-script.ts';
import { alone, arrive, begin, openState, ours } from './shell.ts';

/**
 * STATE RUNTIME TOKEN SERVICE FOLDER STAGING, and on standard input a line for each file, ended by the line
 * `end` (a connection that is cut must not make a shorter list of it):
 *
 *   NAME MODE OWNER SHA-256 BASE64
 *
 * Registers FOLDER, makes it ready as STAGING where only root can look, reads all of it back, and gives it
 * its name in one rename. Every file is newly made (O_EXCL) and for root alone from its first byte; owner
 * and mode are set through the open file. Exit status 11: the lock is not ours any more; 12: it does not
 * read back as it was sent. Nothing is in FOLDER unless all is.
 */
export const bringScript = `${begin}${keep}
trap '' HUP PIPE
runtime=$1 token=$2 service=$3 folder=$4 staging=$5
${openState}${arrive}${alone}
${ours}
keep distribute "$service" 2 "$staging" "$folder"
# Nothing of it stays, nor the folders above it that had to be made: then there is nothing to undo.
give_up() {
  rm -rf -- "$staging"
  for entry in $(ls -r "$journal/$group" | grep -E '^[0-9]{4}$'); do
    [ ! -f "$journal/$group/$entry/absent" ] || rmdir -- "$(cat "$journal/$group/$entry/path")" 2>/dev/null || :
  done
  rm -rf "$journal/\${group:?}"
  exit "$1"
}
[ -d "\${folder%/*}" ] || (umask 022 && mkdir -p -- "\${folder%/*}") || give_up 1
rm -rf -- "$staging" || give_up 1
mkdir -m 0700 -- "$staging" || give_up 1
ended=
while IFS='	' read -r name mode owner sum data; do
  if [ "$name" = end ]; then ended=yes; break; fi
  set -C
  # Plain, a failing exec would end the shell before anything could be taken away again.
  command exec 4>"$staging/$name" || give_up 1
  set +C
  printf '%s' "$data" | base64 -d >&4 || give_up 1
  [ "$owner" = - ] || chown -- "$owner" /proc/self/fd/4 || give_up 1
  chmod -- "$mode" /proc/self/fd/4 || give_up 1
  exec 4>&-
  [ "$(sha256sum <"$staging/$name" | cut -c 1-64) $(stat -c %a "$staging/$name")" = "$sum $mode" ] || give_up 12
done
[ -n "$ended" ] || { echo "The connection ended before all had come." >&2; give_up 1; }
# Not by its name: the broker's own user may own the folder around it, and exchange it.
(cd -P -- "$staging" && [ "$(stat -c %u .)" = "$(id -u)" ] && chmod 0755 .) || give_up 1
sync -f "$staging" 2>/dev/null || sync
mv -T -- "$staging" "$folder" || give_up 1
sync -f "$folder" 2>/dev/null || sync
`;
