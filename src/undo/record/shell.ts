import { flush } from '../../host/files/file-scripts.ts';
// What the scripts on the broker's host share: fixed POSIX shell, run as root, everything that varies
// comes as arguments or on standard input. STATE is the root-only folder that outlives a reboot:
//
//   STATE/journal/NNNN-STEP/            what was there before a change that stays, a group; see group-script.ts
//   STATE/armed/                        a change that waits for its proof: id, until, boot, who;
//   STATE/armed/registered/NNNN-STEP/   its group
//   STATE/confirmed/                    the same when it is proved, for an instant
//   STATE/reverting/                    the same while it is put back; also for a change that had stayed
//   STATE/.ready/                       becomes it, when no room may be left to make it
//   STATE/unsettled/NNNN-STEP/          files are back, the service is not yet told
//   STATE/journal/undone/               what was put back
//   STATE/put-back                      the script that does it, there alone
//
// Each step from one to the next is one rename, so that a cut between any two commands leaves one of them.
// A function never stands in a condition or before `||` and `&&`: there a shell ignores `set -e` inside it.

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

/** `write FILE TEXT`: what is there afterwards is TEXT, read back. With it comes `flush`, see scripts.ts of the host. */
export const write = `
write() {
  printf '%s' "$2" >"$1"
  there=$(cat -- "$1" && printf x)
  [ "$there" = "$2x" ] || { echo "$1 does not read back as it was written." >&2; return 1; }
}
${flush}`;

/** Makes the folders, and refuses one that somebody else has planted. What has become `reverting` needs no other one, and no room. */
export const openState = `
me=$(id -u)
for own in "$state" "$journal" "$journal/undone" "$state/unsettled" "$state/.ready" "$state/.ready/registered"; do
  case $own in "$state"/.ready*) [ ! -d "$state/reverting" ] || continue ;; esac
  if [ -L "$own" ]; then echo "$own is a symbolic link" >&2; exit 1; fi
  [ -d "$own" ] || mkdir -m 0700 "$own"
  owner=$(stat -c %u "$own")
  if [ "$owner" != "$me" ]; then echo "$own belongs to somebody else" >&2; exit 1; fi
  chmod 0700 "$own"
done
`;

/** A script that fails says so when no room is left, as some tools do not. `full` is that. */
export const fullAtEnd = `
full() {
  free=$(df -Pk "$state" 2>/dev/null | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)
  [ "\${free:-64}" -ge 64 ] || echo "No space left on device" >&2
}
trap '[ $? = 0 ] || full' EXIT
`;

/**
 * Waits until all of standard input has come, and then reads it from there: a connection that freezes half-way
 * may stay open for hours, and must not hold up whoever comes next. Kept in a file that has no name any more.
 */
export const arrive = `
input=$state/.input.$$
rm -f "$input"
exec 7<>"$input"
rm -f "$input"
cat >&7
exec </proc/self/fd/7 7>&-
`;

/**
 * One at a time: a change, a confirmation and an undo, whoever asks for it. The lock is the open file, so
 * it ends with whoever holds it; what must live longer is started without it (9>&-). What a cut has left is
 * brought to its end first: see `settleDown`.
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
  holder=$(cat "$runtime/operator/token")
  [ "$holder" = "$token" ] || exit 11
fi
`;

export const uptime = `
uptime() { cut -d . -f 1 /proc/uptime; }
`;
