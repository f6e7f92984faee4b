# Part: `take_left_over PATH OWNERS [SECONDS]` takes away what a maker that was cut off has left.
#
# The maker was killed, or the power was cut: nobody else takes the file or folder away. Nobody works on it any more when
# SECONDS have passed. Without SECONDS: when nobody keeps a lock on it (flock(2)), which ends with who took it, whatever
# ends that; where there is no flock(1), an hour counts. What belongs to another than OWNERS (names or numbers) stays,
# and so does a link. It never fails; what cannot be taken away stays.

take_left_over() (
  set +e
  exec 2>/dev/null
  [ ! -L "$1" ] || exit 0
  facts=$(stat -c '%Y %u %U' -- "$1") || exit 0
  for owner in $2; do
    case " ${facts#* } " in *" $owner "*) ;; *) continue ;; esac
    most=${3:-}
    if [ -z "$most" ] && command -v flock >/dev/null; then
      exec 9<"$1"
      # Shared, for a network drive (NFS) gives who reads no other one.
      flock -ns 9 9<&9 || exit 0
      # shellcheck disable=SC3013
      [ "$1" -ef /proc/self/fd/9 ] || exit 0
    else
      now=$(date +%s) || exit 0
      # Or the clock was put back meanwhile.
      passed=$((now - ${facts%% *}))
      [ "${passed#-}" -gt "${most:-3600}" ] || exit 0
    fi
    rm -rf -- "$1"
    exit 0
  done
  exit 0
)
