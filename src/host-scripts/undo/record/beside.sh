# Part: `path_of ENTRY` sets `path`, and `beside`: where what belongs to it is made ready.
#
# `beside.new` is the file or link to come, `beside.was` what was there. Nobody can know that name before it is there,
# and no broker reads it. `strays GROUP` takes away what was made ready beside its files; their folders keep their time:
# what is not read is no change to the broker's files (see edited-since.sh).

path_of() {
  path=$(cat -- "$1/path" && printf x)
  path=${path%x}
  entry_id=$(cat -- "${1%/*}/id" 2>/dev/null || :)
  beside=${path%/*}/.lockstep-$entry_id-${1##*/}
}
strays() {
  for entry in "$1"/[0-9]*; do
    # One that is lost is told where it is put back.
    head -c 1 -- "$entry/path" >/dev/null 2>&1 || continue
    path_of "$entry"
    [ -n "$entry_id" ] || continue
    for stray in "$beside.new" "$beside.was"; do
      if [ ! -e "$stray" ] && [ ! -L "$stray" ]; then continue; fi
      touch -r "${path%/*}" "$state/.time" 2>/dev/null || :
      rm -f -- "$stray"
      touch -r "$state/.time" "${path%/*}" 2>/dev/null || :
      rm -f "$state/.time"
    done
  done
}
