// How putting back begins: see put-back-script.ts.

/**
 * `guard GROUP...`, newest first: what is begun of these is brought to its end whatever comes, all of it, at a boot, too,
 * where there is room for that.
 */
export const guard = `
guard() (
  unset IFS
  names=' ' unit=
  for one do
    names="$names\${one##*/} "
    # The newest that names a unit: what only brought certificates names none.
    if [ -z "$unit" ] && [ -f "$one/service" ]; then read -r was unit <"$one/service" || :; fi
  done
  set +e
  (
    set -e
    write "$state/.all" "$names"
    flush "$state/.all"
    to=$state/.ready
    [ ! -d "$state/reverting" ] || to=$state/reverting
    mv -f "$state/.all" "$to/all"
    flush "$to"
  )
  if [ "$kind" != none ] && [ -n "$script" ]; then
    (
      set -e
      write "$state/.put-back" "$script"
      flush "$state/.put-back"
      mv -f "$state/.put-back" "$state/put-back"
      at_boot "$kind" "\${unit:-mosquitto.service}" "$@"
    )
  fi
  exit 0
)
`;

/**
 * `commence`, see `choose`: what is chosen is begun, and made ready. Where one cannot be made ready, it is `bad`, `hindered`
 * tells why, and what was in the journal goes back into it: that one, and what is older.
 */
export const commence = `
commence() {
  moved=' '
  case $chosen in *"$journal"/*)
    # shellcheck disable=SC2086
    guard $chosen
    [ -d "$state/reverting" ] || mv -T "$state/.ready" "$state/reverting"
    for one in $chosen; do
      case $one in "$journal"/*) ;; *) continue ;; esac
      mv -T "$one" "$state/reverting/registered/\${one##*/}"
      moved="$moved\${one##*/} "
    done
    flush "$state/reverting/registered" "$journal" "$state"
    ;;
  esac
  begun=$chosen chosen='' hindered='' older=''
  for one in $begun; do
    one=$state/reverting/registered/\${one##*/}
    if [ -n "$hindered" ]; then
      older="$older
$one"
      continue
    fi
    make_ready "$one"
    if [ -n "$hindered" ]; then newest=$one
    else
      chosen="$chosen\${chosen:+
}$one"
    fi
  done
  [ -n "$hindered" ] || return 0
  rest="$older
$stuck
$bad
$rest" bad=$newest stuck=''
  IFS='
'
  trim
  for one in $stuck $bad $rest; do
    case $moved in *" \${one##*/} "*) ;; *) continue ;; esac
    strays "$one"
    mv -T "$one" "$journal/\${one##*/}"
  done
  flush "$journal"
}
# A group by its name, where it is now.
placed() {
  one=$journal/\${1##*/}
  [ -d "$one" ] || one=$state/reverting/registered/\${1##*/}
}
`;
