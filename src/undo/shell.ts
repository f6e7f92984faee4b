export { control } from '../mosquitto/control.ts';

// What the scripts on the broker's host share: fixed POSIX shell, run as root, everything that varies
// comes as arguments or on standard input. STATE is the root-only folder that outlives a reboot:
//
//   STATE/journal/NNNN-STEP/{service,MMMM/{path, copy | absent | ours}}   what was there before; whether which unit ran
//   STATE/armed/{id,group,until,boot,who,written}                         a change that waits for its proof
//   STATE/reverting/                                                      the same while it is put back
//   STATE/unsettled/UNIT                                                  files are back, that service not yet told
//   STATE/put-back                                                        the script that does it, there alone

/** `$1` is STATE; what follows are the script's own arguments. */
export const begin = `
set -eu
umask 077
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
state=$1
journal=$state/journal
shift
`;

/**
 * Makes the folders, and refuses one that somebody else has planted. When writing fails, some tools do
 * not say that the disk is full.
 */
export const openState = `
for own in "$state" "$journal"; do
  if [ -L "$own" ]; then echo "$own is a symbolic link" >&2; exit 1; fi
  [ -d "$own" ] || mkdir -m 0700 "$own"
  if [ "$(stat -c %u "$own")" != "$(id -u)" ]; then echo "$own belongs to somebody else" >&2; exit 1; fi
  chmod 0700 "$own"
done
why() {
  [ "$?" != 0 ] || return 0
  rm -rf "$journal/.new" "$state/.armed"
  free=$(df -Pk "$state" 2>/dev/null | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)
  [ "\${free:-64}" -ge 64 ] || echo "No space left on device" >&2
}
trap why EXIT
`;

/**
 * Waits until all of standard input has come, and then reads it from there: a connection that freezes half-way
 * may stay open for hours, and must not hold up whoever comes next. Kept in a file that has no name any more.
 */
export const arrive = `
exec 7<>"$state/.input.$"
rm -f "$state/.input.$"
cat >&7
exec </proc/self/fd/7 7>&-
`;

/**
 * One at a time: a change, a confirmation and an undo, whoever asks for it. The lock is the open file, so
 * it ends with whoever holds it; what must live longer is started without it (9>&-).
 */
export const alone = `
exec 9>"$state/busy"
flock -w 100 9 || { echo "another change to this broker does not come to its end" >&2; exit 1; }
`;

/**
 * RUNTIME and TOKEN are known: nobody else has taken the lock on this broker since we had it. One that is
 * gone, because our own connection broke, keeps nobody away.
 */
export const ours = `
if [ "$token" != - ] && [ -d "$runtime/operator" ]; then
  [ "$(cat "$runtime/operator/token")" = "$token" ] || exit 11
fi
`;

export const uptime = `uptime() { cut -d . -f 1 /proc/uptime; }
`;
