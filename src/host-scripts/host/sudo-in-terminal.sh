# Shows sudo a password once, in a terminal of script(1), and interrupts it before it asks again.
#
# Ctrl-C needs a terminal. sudo ends the line when it has read the password, and asks again as soon as PAM has answered,
# which may be sooner (`nodelay`) than a Ctrl-C from our side arrives. So it is typed there, again and again from the end
# of that line on, until sudo has ended. sudo gives way to who types (nice(1)): a busy machine seldom lets it ask first.
# Arguments: PROMPT
# Input: the password
# Output: what sudo says, on standard error, at once.

command -v script >/dev/null || exit 0
command -v mkfifo >/dev/null || exit 0
folder=$(mktemp -d) || exit 0
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
mkfifo "$folder/keys" || exit 0
exec 3<&0
cat <&3 >"$folder/keys" &
# shellcheck disable=SC2094 # A pipe is no file.
LC_ALL=C script -qec "nice -n 19 sudo -k -p '[$1 %p]' true" /dev/null <"$folder/keys" | tee /dev/stderr | {
  exec 4>"$folder/keys"
  while IFS= read -r line; do
    case $line in
      *"[$1 "*) while printf '\003' >&4; do sleep 0.01; done ;;
      *) ;;
    esac
  done
}
