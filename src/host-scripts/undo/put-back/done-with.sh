# Part: `done_with GROUP` notes that it is put back, and the service told.

done_with() {
  stamp=$(date +%s)
  mv -T "$1" "$journal/undone/${1##*/}-$stamp-$$"
}
