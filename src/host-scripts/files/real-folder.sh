# Prints where a folder really lies, links followed.
#
# Arguments: FOLDER

cd -P -- "$1" 2>/dev/null && pwd -P
