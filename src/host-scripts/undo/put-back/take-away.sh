# Part: `take_away FOLDER LIST` takes away what we put into a folder of our own making, as long as it is that.

take_away() {
  case ${1##*/} in
    .staging-release-[0-9][0-9][0-9][0-9])
      rm -rf -- "$1"
      return 0
      ;;
    release-[0-9][0-9][0-9][0-9]) ;;
    *) echo "$1 is no folder of Lockstep's making." >&2; return 1 ;;
  esac
  if [ -L "$1" ] || [ ! -d "$1" ]; then return 0; fi
  while read -r sum file; do
    state_now "$1/$file"
    [ "$is" != "$sum" ] || rm -f -- "$1/$file"
  done <"$2"
  rmdir -- "$1" 2>/dev/null || :
}
