# Part: what a program finds around it, whatever the login shell has set. A command a line: they are joined to one line.
#
# First it tells its process id, on standard error, then that it begins, on standard output: some login shells print a
# line, or much more, to everybody. English, the folders of system programs, which a login user's PATH often lacks, and
# nothing that makes programs or the shell itself behave in another way.

echo "[lockstep process $$]" >&2
echo "[lockstep begins]"
unset POSIXLY_CORRECT CDPATH GREP_OPTIONS
PATH=${PATH:-/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
LC_ALL=C
export PATH LC_ALL
