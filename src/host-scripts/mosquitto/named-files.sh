# Tells of files that a configuration names: whether others may read them, and their certificates and lists.
#
# Nothing else of a file is printed: a key may be in the same. Links are followed, as the broker follows them.
# Arguments: PATH...
# Output: the time; then for each two lines: `open` where it and all folders above it are open to others; the base64 of
#   its certificates and lists.

date +%s
for path do
  real=$(readlink -f -- "$path")
  others=
  case $(stat -c %a -- "$real" 2>/dev/null) in *[4567]) others=open ;; esac
  folder=$real
  while folder=${folder%/*} && [ -n "$folder" ]; do
    case $(stat -c %a -- "$folder" 2>/dev/null) in *[1357]) ;; *) others= ;; esac
  done
  echo "$others"
  [ ! -f "$path" ] || head -c 1048576 -- "$path" |
    sed -n -e '/^-----BEGIN .*CERTIFICATE-----/,/^-----END/p' -e '/^-----BEGIN X509 CRL-----/,/^-----END/p' |
    base64 | tr -d '\n'
  echo
done
