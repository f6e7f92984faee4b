# Tells how one becomes root.
#
# Output: `root`, `nopasswd`, `password`, `counted` (by a password, and PAM counts those that are wrong) or `none`.

me=$(id -u)
[ "$me" != 0 ] || { echo root; exit; }
command -v sudo >/dev/null || { echo none; exit; }
if sudo -k -n true; then echo nopasswd
elif grep -rqs -e pam_faillock -e pam_tally /etc/pam.d; then echo counted
else echo password; fi
