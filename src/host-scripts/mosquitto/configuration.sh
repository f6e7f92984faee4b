# Prints the tree of a configuration: folders with their names, files with their bytes, where links to folders lead.
#
# Keys and password files are not read: their names are enough. Behind the bytes of a file that was read to its end is a
# dot. Links are not followed: one could lead anywhere. What the configuration includes by way of one is read when it is
# asked for, and so is what could not be opened here.
# Arguments: FOLDER
# Output: lines `D`, `F` or `R`, a tab, a path, a tab, names or bytes or a path. All but the first is base64: the broker's
#   own user may have given a file a name with a tab or a line end.

find -H "$1" -maxdepth 5 -type d -exec sh -c '
for folder do
  if [ ! -r "$folder" ] || [ ! -x "$folder" ]; then continue; fi
  printf "D\t%s\t" "$(printf %s "$folder" | base64 | tr -d "\n")"
  (cd -- "$folder" && for name in * .[!.]* ..?*; do
    if [ -e "$name" ] || [ -L "$name" ]; then printf "%s\0" "$name"; fi
  done) | base64 | tr -d "\n"
  echo
done' lockstep {} + 2>/dev/null | head -n 200
find -H "$1" -maxdepth 5 -type f -name '*.conf' -size -1024k -exec sh -c '
for file do
  {
    printf "F\t%s\t" "$(printf %s "$file" | base64 | tr -d "\n")"
    { head -c 1048577 && printf .; } | base64 | tr -d "\n"
    echo
  } <"$file"
done' lockstep {} + 2>/dev/null | head -n 500
for folder in "$1" "$1"/*; do
  [ "$folder" = "$1" ] || [ -L "$folder" ] || continue
  real=$(cd -P -- "$folder" 2>/dev/null && pwd -P) || continue
  name=$(printf %s "$folder" | base64 | tr -d "\n")
  place=$(printf %s "$real" | base64 | tr -d "\n")
  printf "R\t%s\t%s\n" "$name" "$place"
done
