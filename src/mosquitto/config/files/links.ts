import type { Host } from '../../../host/api/host.ts';
import { clean } from '../../../text/clean.ts';

/** A link on the way to a file, in the broker's folder: into a checkout, for instance, or what stow makes. */
export interface Link {
  /** The file as it is named. */
  path: string;
  /** The link: the file itself, or a folder that it is in. */
  link: string;
  /** Where the link points, as written in it. */
  target: string;
  /** The full path it really leads to; null where nothing is there. */
  leadsTo: string | null;
  /** `root`, or who owns what is there or a folder above it. */
  owner: string;
}

// For each path and the folders above it, up to the broker's own: the path, the link, what is written in it,
// where it leads, and who owns that or, where that is root, a folder above it; each ended by NUL.
export const script = `
top=$1
shift
for path do
  one=$path
  while :; do
    if [ -L "$one" ]; then
      real= owner=
      [ ! -e "$one" ] || real=$(readlink -f -- "$one")
      at=$real
      while [ -n "$at" ] && owner=$(stat -c %U -- "$at") && [ "$owner" = root ]; do at=\${at%/*}; done
      [ "$owner" != UNKNOWN ] || owner="user $(stat -c %u -- "$at")"
      target=$(readlink -- "$one")
      printf '%s\\0' "$path" "$one" "$target" "$real" "$owner"
    fi
    case \${one%/*} in "$top" | "$top"/*) [ "$one" != "$top" ] || break ;; *) break ;; esac
    one=\${one%/*}
  done
done
`;

/** The links on the way to files of the broker's folder, the innermost first. In one round trip, as root. */
export async function linksAmong(
  host: Host,
  folder: string,
  paths: readonly string[],
): Promise<Link[]> {
  const { stdout } = await host.run(['sh', '-c', script, 'lockstep', folder, ...paths], {
    root: true,
    doing: 'Looking which files are links',
    look: true,
  });
  const fields = stdout.split('\0');
  const links: Link[] = [];
  for (let at = 0; at + 5 < fields.length; at += 5) {
    const [path = '', link = '', target = '', leadsTo = '', owner = ''] = fields.slice(at, at + 5);
    links.push({ path, link, target, leadsTo: leadsTo || null, owner });
  }
  return links;
}

/** What is said of a file where it is named: `a link to …`, or `in conf.d, a link to …`. */
export function linkWords({ path, link, target, leadsTo }: Link): string {
  const where = link === path ? '' : `in ${clean(link, 200)}, `;
  return `${where}a link to ${clean(leadsTo ?? `${target}, where nothing is`, 200)}`;
}
