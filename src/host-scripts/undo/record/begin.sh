# Part: how a script of the undo begins. The first argument is STATE; the script's own follow.
#
# These scripts run as root; everything that varies comes as arguments or on standard input. STATE is a folder for root
# alone that outlives a reboot:
#
#   STATE/journal/NNNN-WORD/            what was there before a change that stays, a group; see make-group.sh
#   STATE/armed/                        a change that waits for its proof: id, until, boot, who;
#   STATE/armed/registered/NNNN-WORD/   its group
#   STATE/confirmed/                    the same when it is proved, for an instant
#   STATE/reverting/                    the same while it is put back; also for a change that had stayed
#   STATE/.ready/                       becomes it, when no room may be left to make it
#   STATE/unsettled/NNNN-WORD/          files are back, the service is not yet told
#   STATE/journal/undone/               what was put back
#   STATE/put-back                      the script that does it, there alone
#
# Each step from one to the next is one rename, so that a cut between any two commands leaves one of them. A function
# never stands in a condition or before `||` and `&&`: there a shell ignores `set -e` inside it.

set -eu
umask 077
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
state=$1
journal=$state/journal
shift
