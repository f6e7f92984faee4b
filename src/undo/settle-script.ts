import { disarm } from './arm.ts';

/**
 * `strays GROUP`: what was made ready beside its files goes. `path_of ENTRY` sets `path`, and `beside`: what is made
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
    path_of "$entry"
    [ -z "$entry_id" ] || rm -f -- "$beside.new" "$beside.was"
  done
}
`;

/**
 * `settle_down`, when it is our turn: what a cut between two commands has left is brought to its end, or taken away
 * where it had not begun.
 */
export const settleDown = `${disarm}${beside}
settle_down() {
  rm -rf "$state/.armed" "$state/.put-back" "$state/.change" "$state/.done" "$journal/.new"
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
