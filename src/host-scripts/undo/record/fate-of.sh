# Part: `fate_of ID` sets `fate`, what has come of a change.
#
# `waits` for its proof; `reverting`: it is being put back; `stays`: somebody has confirmed it; `back`: it was put back;
# `unclear`: what waits there cannot be read; `another` change waits there, and of this one nothing is known; `lost`:
# nothing is. Each change has its id with it wherever it is.

fate_of() {
  fate=lost
  found=$(grep -lxF -e "$1" -- "$journal"/undone/[0-9]*/id "$journal"/[0-9]*/id "$state"/confirmed/registered/[0-9]*/id \
    "$state"/unsettled/[0-9]*/id "$state"/reverting/registered/[0-9]*/id "$state"/armed/id "$state"/armed/registered/[0-9]*/id 2>/dev/null || :)
  case $found in
    *"$state"/armed/*) fate=waits ;;
    *"$state"/reverting/* | *"$state"/unsettled/*) fate=reverting ;;
    *"$state"/confirmed/* | *"$journal"/[0-9]*) fate=stays ;;
    *"$journal"/undone/*) fate=back ;;
    *)
      if [ -d "$state/reverting" ]; then fate=reverting
      elif [ -d "$state/armed" ]; then
        fate=unclear
        for one in "$state"/armed/registered/[0-9]*/id; do
          same=$(cmp -s -- "$one" "$state/armed/id" && cat -- "$one") || :
          case $same in *[!0-9a-f]* | '') ;; ????????????????) fate=another ;; esac
        done
      fi
      ;;
  esac
}
