import { disarm } from './arm.ts';

/**
 * `strays GROUP`: what was made ready beside its files goes, and their folders keep their time: what is not read is no
 * change to the broker's files (see edited-since.ts). `path_of ENTRY` sets `path`, and `beside`: what is made
 * ready for it is `beside.new`, the file or link to come, and `beside.was`, what was there. Nobody can know that name
 * before it is there, and no broker reads it.
 */
export const beside = `
path_of() {
  path=$(cat -- "$1/path" && printf x)
  path=\${path%x}
  entry_id=$(cat -- "\${1%/*}/id" 2>/dev/null || :)
  beside=\${path%/*}/.lockstep-$entry_id-\${1##*/}
}
strays() {
  for entry in "$1"/[0-9]*; do
    # One that is lost is told where it is put back.
    head -c 1 -- "$entry/path" >/dev/null 2>&1 || continue
    path_of "$entry"
    [ -n "$entry_id" ] || continue
    for stray in "$beside.new" "$beside.was"; do
      if [ ! -e "$stray" ] && [ ! -L "$stray" ]; then continue; fi
      touch -r "\${path%/*}" "$state/.time" 2>/dev/null || :
      rm -f -- "$stray"
      touch -r "$state/.time" "\${path%/*}" 2>/dev/null || :
      rm -f "$state/.time"
    done
  done
}
`;

/**
 * `settle_down`, when it is our turn: what a cut between two commands has left is brought to its end, or taken away
 * where it had not begun.
 */
export const settleDown = `${disarm}${beside}
settle_down() {
  rm -rf "$state/.armed" "$state/.put-back" "$state/.change" "$state/.done" "$state/.time" "$journal/.new" "$state/.all" "$state/.ready/all"
  # Nobody needs its name, see \`arrive\`.
  rm -f "$state"/.input.*
  [ -d "$state/confirmed" ] || return 0
  for one in "$state"/confirmed/registered/[0-9]*; do
    [ -d "$one" ] || continue
    strays "$one"
    mv -T "$one" "$journal/\${one##*/}"
  done
  flush "$journal"
  rm -rf "$state/confirmed"
  disarm "$kind"
}
`;
