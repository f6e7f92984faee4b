# Part: sets `list` to the releases in `folder` that may go, the newest first: neither that in use nor the one before it.

now=$(readlink "$folder/current" || :)
older=0 list=
for release in "$folder"/release-[0-9][0-9][0-9][0-9]; do
  if [ -d "$release" ] && [ ! -L "$release" ] && [ "${release##*/}" != "$now" ]; then
    older=$((older + 1))
    [ $older = 1 ] || list="$before $list"
    before=${release##*/}
  fi
done
