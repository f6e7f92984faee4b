import { flush } from '../../host/files/file-scripts.ts';
import type { Broker } from '../../mosquitto/service/broker.ts';
import { contents } from '../record/group-script.ts';
import { settleDown } from '../record/settle-script.ts';
import { alone, begin, openState } from '../record/shell.ts';
import { namingLines } from './naming-lines.ts';
import { takeAway } from './replay-script.ts';
import { waysFrom } from './ways.ts';

/** Sets `list` to the releases in `folder` that may go: neither that in use nor the one before it, the newest first. */
export const olderReleases = `
now=$(readlink "$folder/current" || :)
older=0 list=
for release in "$folder"/release-[0-9][0-9][0-9][0-9]; do
  if [ -d "$release" ] && [ ! -L "$release" ] && [ "\${release##*/}" != "$now" ]; then
    older=$((older + 1))
    [ $older = 1 ] || list="$before $list"
    before=\${release##*/}
  fi
done
`;

/** STATE KIND FOLDER RELEASE...: of these, as far as they may go still, goes what we have put there, as long as it is that. */
export const pruneScript = `${begin}${flush}${contents}${settleDown}${takeAway}
kind=$1 folder=$2
shift 2
${openState}${alone}
settle_down
${olderReleases}
for release do
  case " $list " in *" $release "*) ;; *) continue ;; esac
  for entry in "$journal"/*/[0-9]*; do
    [ -f "$entry/ours" ] || continue
    path_of "$entry"
    [ "$path" != "$folder/$release" ] || take_away "$path" "$entry/ours"
  done
done
`;

/** Those of these releases (names) that no line of the configuration names; none, where a part of it cannot be read. */
export async function unnamed(broker: Broker, releases: readonly string[]): Promise<string[]> {
  const { lines, unread } = await namingLines(broker);
  if (unread.length > 0) return [];
  const { certificates } = broker.layout;
  const paths = lines.map(({ path }) => path);
  const ways = await waysFrom(broker, [...new Set([certificates, ...paths])]);
  const folder = ways.get(certificates)?.end ?? certificates;
  return releases.filter((release) => {
    const place = `${folder}/${release}`;
    return paths.every((path) => !`${ways.get(path)?.end ?? ''}/`.startsWith(`${place}/`));
  });
}
