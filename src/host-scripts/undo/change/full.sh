# Part: `full` says so when no room is left; a script that fails does that at its end, as some tools do not.

full() {
  free=$(df -Pk "$state" 2>/dev/null | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)
  [ "${free:-64}" -ge 64 ] || echo "No space left on device" >&2
}
trap '[ $? = 0 ] || full' EXIT
