# Part: `comes_up UNIT` waits until the broker's process is there, has stayed for a second, and listens.
#
# At most five seconds.

comes_up() {
  turn=0 stayed=
  while [ $turn -lt 50 ]; do
    # shellcheck disable=SC2310 # It only answers.
    pid=$(service_process "$1" || :)
    age=$(ps -o etimes= -p "${pid:-none}" 2>/dev/null | tr -d ' ')
    if [ "${age:-0}" -ge 1 ]; then
      stayed=yes
      ss -H -l -t -n -p 2>/dev/null | grep -q "pid=$pid," && return 0
    else
      stayed=
    fi
    turn=$((turn + 1))
    sleep 0.1
  done
  # What it listens at cannot be told everywhere.
  [ -n "$stayed" ]
}
