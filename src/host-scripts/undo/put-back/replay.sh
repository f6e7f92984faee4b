# Part: `replay GROUP` puts back what a group holds, and moves it on; sets `failed` when that did not come off.
#
# `examine GROUP` sets `sound`; `make_ready GROUP` makes ready beside its files what it holds. What somebody has changed
# since is kept beside it, as NAME.later-DATE; DATE is when that was. Needs `say`.

. undo/put-back/take-away.sh
. undo/record/make-folder.sh
examine() {
  set +e
  about=$(set -e; contents "$1" 2>/dev/null)
  kept=$(cat -- "$1/.manifest" 2>/dev/null)
  # What the manifest does not tell of: whoever may write it may write all.
  me=$(id -u)
  strange=$(find "$1" "$1/.manifest" -maxdepth 0 '(' ! -user "$me" -o ! -type l -perm /022 ')' 2>&1)
  set -e
  sound=
  [ -z "$kept" ] || [ -n "$strange" ] || [ "$about" != "$kept" ] || sound=yes
}
kind_of() {
  if [ -f "$1/ours" ]; then kept_as=ours
  elif [ -f "$1/absent" ] && [ ! -e "$1/after" ] && [ ! -L "$1/after" ]; then kept_as=folder
  elif [ -f "$1/absent" ]; then kept_as=absent
  elif [ -e "$1/copy" ] || [ -L "$1/copy" ]; then kept_as=copy
  else kept_as=gone
  fi
}
# `not_back ENTRY KIND WORDS`: also whether it was edited since, and of a folder of ours what is in it as we put it there.
not_back() {
  failed=1
  path=$(cat -- "$1/path" 2>/dev/null || :)
  say failed "$2 ${1#"$state/"} $path"
  say words "$3"
  case $2 in copy | absent)
    state_now "$path"
    now=$is
    # What is to be done by hand before that leaves another state there.
    case $stands in *"
$path	"*)
      now=${stands##*"
$path	"}
      now=${now%%"
"*}
    esac
    state_now "$1/after"
    wrote=$is
    state_now "$1/copy"
    case $now in absent | "$wrote" | "$is") ;; *) say edited "$path" ;; esac
    stands="$stands
$path	$is
"
    ;;
  esac
  [ "$2" = ours ] || return 0
  while read -r sum file; do
    state_now "$path/$file"
    [ "$is" != "$sum" ] || say ours "$file"
  done <"$1/ours"
}
damaged() {
  # Another one may have been looked at since.
  examine "$1"
  say damaged "${1#"$state/"}"
  backwards_in "$1"
  for number in $backwards; do
    kind_of "$1/$number"
    one=$(printf '%s\n' "$about" | grep -E "(^| )$number/" || :)
    two=$(printf '%s\n' "$kept" | grep -E "(^| )$number/" || :)
    [ "$strange$one" = "$two" ] || kept_as=damaged
    one=$(printf '%s\n' "$about" | grep -E "^[0-9a-f]{64}  $number/path$" || :)
    two=$(printf '%s\n' "$kept" | grep -E "^[0-9a-f]{64}  $number/path$" || :)
    # Which file it stands for is not known then, whatever is in it.
    if [ "$one" != "$two" ] || [ -z "$one" ]; then kept_as=untold; fi
    not_back "$1/$number" "$kept_as" "What was kept of this change is damaged; nothing of it was put back."
  done
  failed=1
}
# So that putting it back is one rename.
prepare() (
  kind_of "$1"
  [ "$kept_as" = copy ] || exit 0
  path_of "$1"
  state_of "$1/copy"
  was=$is
  about=$(stat -c '%f %u %g' -- "$1/copy")
  state_now "$beside.was"
  if [ "$is" = "$was" ]; then
    ready=$(stat -c '%f %u %g' -- "$beside.was")
    [ "$ready" != "$about" ] || exit 0
  fi
  folder=${path%/*}
  [ -z "$folder" ] || make_folder "$folder"
  rm -f -- "$beside.was"
  if ! cp -a --remove-destination -- "$1/copy" "$beside.was"; then
    # No room may be left for another one.
    rm -f -- "$beside.was"
    ln -- "$1/copy" "$beside.was"
  fi
  state_of "$beside.was"
  [ "$is" = "$was" ] || { echo "$beside.was does not read back as it was written." >&2; exit 1; }
  [ -L "$beside.was" ] || flush "$beside.was"
  flush "${folder:-/}"
)
keep_later() {
  at=$(stat -c %Y -- "$1")
  at=$(date -d "@$at" +%Y%m%d-%H%M%S)
  later=$1.later-$at
  while [ -e "$later" ] || [ -L "$later" ]; do later=$later.1; done
  # No room may be left for another copy.
  ln -- "$1" "$later" 2>/dev/null || cp -a -- "$1" "$later"
  [ -L "$later" ] || flush "$later"
  parent=${later%/*}
  flush "${parent:-/}"
  say later "$1"
  say as "$later"
}
back() {
  path_of "$1"
  # Then nothing of the change has come there: what is there now is as it was, or somebody's.
  if [ -e "$beside.new" ] || [ -L "$beside.new" ]; then
    rm -f -- "$beside.new"
    return 0
  fi
  kind_of "$1"
  after=none
  if [ -e "$1/after" ] || [ -L "$1/after" ]; then
    state_of "$1/after"
    after=$is
  fi
  state_now "$path"
  case $kept_as:$after:$is in
    ours:*)
      now=$is
      take_away "$path" "$1/ours"
      if [ -d "$path" ]; then say left "$path"
      elif [ "$now" = other ]; then say removed "$path"
      fi
      ;;
    folder:*:other)
      if rmdir -- "$path" 2>/dev/null; then say removed "$path"; else say left "$path"; fi
      ;;
    *:none:absent | absent:*:absent) ;;
    folder:*) say left "$path" ;;
    *:other) echo "$path is neither a file nor a link now." >&2; return 1 ;;
    absent:"$is":*)
      rm -f -- "$path"
      say removed "$path"
      ;;
    absent:*)
      keep_later "$path"
      rm -f -- "$path"
      say removed "$path"
      ;;
    *)
      now=$is
      state_of "$1/copy"
      case $now in absent | "$is" | "$after") ;; *) keep_later "$path" ;; esac
      [ -e "$beside.was" ] || [ -L "$beside.was" ] || prepare "$1"
      # Where both are the same already, renaming would leave both.
      # shellcheck disable=SC3013
      if [ "$path" -ef "$beside.was" ] && [ ! -L "$path" ]; then rm -f -- "$beside.was"
      else rename_over "$beside.was" "$path"
      fi
      say restored "$path"
      ;;
  esac
}
backwards_in() {
  unset IFS
  backwards=
  for entry in "$1"/[0-9]*; do backwards="${entry##*/} $backwards"; done
}
# `hindered` is why it cannot be made ready, where it cannot.
make_ready() {
  hindered=
  [ ! -f "$1/.unwritten" ] || return 0
  backwards_in "$1"
  for number in $backwards; do
    set +e
    words=$(set -e; prepare "$1/$number" 2>&1)
    code=$?
    set -e
    [ $code = 0 ] || hindered="${words:-It could not be made ready.}"
  done
}
# Nothing of it was touched, so all of it is left to do.
none_back() {
  backwards_in "$1"
  for number in $backwards; do
    kind_of "$1/$number"
    not_back "$1/$number" "$kept_as" "$2"
  done
}
replay() {
  backwards_in "$1"
  stamp=$(date +%s)
  if [ -f "$1/.unwritten" ]; then
    # Of that change nothing came into its place.
    strays "$1"
    examine "$1"
    for number in $backwards; do
      [ -n "$sound" ] || continue
      kind_of "$1/$number"
      path_of "$1/$number"
      if [ "$kept_as" = folder ]; then rmdir -- "$path" 2>/dev/null || :; fi
    done
    say group "${1##*/}"
    mv -T "$1" "$journal/undone/${1##*/}-$stamp-$$"
    return 0
  fi
  for number in $backwards; do
    set +e
    words=$(set -e; back "$1/$number" 2>&1)
    code=$?
    set -e
    [ $code = 0 ] && continue
    kind_of "$1/$number"
    not_back "$1/$number" "$kept_as" "$words"
  done
  [ "$failed" = 0 ] || return 0
  strays "$1"
  for number in $backwards; do
    path_of "$1/$number"
    folder=${path%/*}
    [ ! -d "${folder:-/}" ] || flush "${folder:-/}"
  done
  say group "${1##*/}"
  to=$state/unsettled/${1##*/}
  uses=
  read -r uses <"$1/service" || :
  [ "$uses" != - ] || to=$journal/undone/${1##*/}-$stamp-$$
  mv -T "$1" "$to"
}
