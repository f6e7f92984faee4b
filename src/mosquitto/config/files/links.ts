import type { Host } from '../../../host/api/host.ts';
import { scriptCommand } from '../../../host-scripts/script.ts';
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

/** The links on the way to files of the broker's folder, the innermost first. In one round trip, as root. */
export async function linksAmong(
  host: Host,
  folder: string,
  paths: readonly string[],
): Promise<Link[]> {
  const { stdout } = await host.run(scriptCommand('mosquitto/links', folder, ...paths), {
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
