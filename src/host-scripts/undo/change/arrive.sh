# Part: waits until all of standard input has come, and then reads it from there.
#
# A connection that freezes half-way may stay open for hours, and must not hold up whoever comes next. The input is kept
# in a file that has no name any more.

input=$state/.input.$$
rm -f "$input"
exec 7<>"$input"
rm -f "$input"
cat >&7
exec </proc/self/fd/7 7>&-
