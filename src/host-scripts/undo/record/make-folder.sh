# Part: `make_folder FOLDER` makes it where it is not there, and those above it; each is on its disk then.

. files/flush.sh
make_folder() {
  [ ! -d "$1" ] || return 0
  case ${1%/*} in '') ;; *) make_folder "${1%/*}" ;; esac
  (umask 022; mkdir -- "$1")
  parent=${1%/*}
  flush "${parent:-/}"
}
