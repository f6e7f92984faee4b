# Becomes a program whose arguments come as printf's `%b` takes them (POSIX). A command a line, as in program.sh.
#
# Arguments: the program and its own

. host/surroundings.sh
for it do case $it in *\\*) it=$(printf %b. "$it"); it=${it%.} ;; esac
set -- "$@" "$it"
shift
done
exec "$@"
