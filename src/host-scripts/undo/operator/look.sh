# Tells who holds the lock of the operator, if anybody.
#
# Arguments: RUNTIME

. undo/operator/begin.sh
[ ! -d "$operator" ] || person
