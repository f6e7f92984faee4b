# Part: `guard GROUP...`, newest first: what is begun of these is brought to its end whatever comes, all of it.
#
# At a boot, too, where there is room for that.

guard() (
  unset IFS
  names=' ' unit=
  for one do
    names="$names${one##*/} "
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
      at_boot "$kind" "${unit:-mosquitto.service}" "$@"
    )
  fi
  exit 0
)
