# Prints the names in a folder.
#
# Arguments: FOLDER
# Output: each name, ended by NUL.
# Exit 66 nothing-there: there is no such folder for certain.

. files/absent.sh
if [ ! -d "$1" ] && { [ -e "$1" ] || absent "$1"; }; then exit 66; fi
if ! cd -- "$1" 2>/dev/null || [ ! -r . ]; then
  # It says why.
  ls -- "$1/" >/dev/null
  exit 1
fi
for name in * .[!.]* ..?*; do
  [ -e "$name" ] || [ -L "$name" ] || continue
  printf '%s\0' "$name"
done
