# Part: `rename_over NEW OLD` renames in one step.
#
# Also where OLD is a link to a folder, which the `mv -T` of some coreutils (uutils 0.0.30) refuses to replace. Perl is
# part of every Debian.

rename_over() {
  mv -fT -- "$1" "$2" && return
  [ -L "$2" ] && [ -d "$2" ] && perl -e 'rename($ARGV[0], $ARGV[1]) or die "$!\n"' -- "$1" "$2"
}
